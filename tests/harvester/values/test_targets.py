"""What a link leads to, however it is written."""

import pytest

from harvester.values.targets import normal_target


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("https://doi.org/10.1000/ABC", "10.1000/abc"),
        ("hdl:1/2", "https://hdl.handle.net/1/2"),
        ("HTTP://hdl.handle.net/1/2", "https://hdl.handle.net/1/2"),
        ("arXiv:1706.03762v5", "10.48550/arxiv.1706.03762"),
        ("https://arxiv.org/pdf/1706.03762v5.pdf", "10.48550/arxiv.1706.03762"),
        ("https://arxiv.org/abs/hep-th/9901001", "10.48550/arxiv.hep-th/9901001"),
        ("https://www.ncbi.nlm.nih.gov/pubmed/123456", "https://pubmed.ncbi.nlm.nih.gov/123456/"),
        ("https://pmc.ncbi.nlm.nih.gov/articles/PMC123456", "https://www.ncbi.nlm.nih.gov/pmc/articles/PMC123456/"),
        ("https://nbn-resolving.org/urn:nbn:de:101-1", "urn:nbn:de:101-1"),
        ("urn:nbn:de:101-1", "urn:nbn:de:101-1"),
        ("HTTPS://Repository.Example/Item/7", "https://repository.example/Item/7"),
        ("/items/01abc", "/items/01abc"),
        ("Journal of Schools", "Journal of Schools"),
        ("0031-8949", "0031-8949"),
        ("http://[bad", "http://[bad"),
        ("", ""),
    ],
)
def test_one_form_for_each_target(text, target):
    assert normal_target(text) == target
    assert normal_target(target) == target
