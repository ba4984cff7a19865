"""A small repository of our own making: about 300 records of an educational-research hub, served over OAI-PMH.

Its records are invented but for two, which describe published works. Nothing else in oaihub knows what is in it.
"""

from workers.demo.records import DemoRecord, demo_records
from workers.demo.server import serve_demo

__all__ = ["DemoRecord", "demo_records", "serve_demo"]
