"""DOI registries: what they are asked, how fast, what their answers say of a work, and whether that is the work meant.

Nothing here touches the store or the network: harvester/enriching.py joins the parts.
"""
