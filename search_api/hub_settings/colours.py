"""Colours of a hub: whether they can be read, and the stylesheet that has them."""

from typing import Final

from search_api.hub_settings.document import Colours

LEAST_CONTRAST: Final = 4.5
"""Of text, by WCAG 2.2, 1.4.3 (AA)."""

LIGHT: Final = ("#ffffff", "#f6f7f9")
DARK: Final = ("#15181c", "#1e2329")
"""The grounds of base.css: of pages, and of what is raised above them."""

ON_LINK: Final = {"light": "#ffffff", "dark": "#10141a"}  # what is written on a button

PAIRS: Final = {
    "link_light": ("light", (*LIGHT, ON_LINK["light"])),
    "link_dark": ("dark", (*DARK, ON_LINK["dark"])),
    "accent_light": ("light", LIGHT),
    "accent_dark": ("dark", DARK),
}
"""By colour: which ground it is for, and the colours that it stands on, or that stand on it."""

USUAL: Final = {"link": ("#0b57a4", "#8ab8f0"), "accent": ("#0b57a4", "#8ab8f0")}


def contrast_of(one: str, other: str) -> float:
    """Give the contrast of two colours, from 1 to 21 (WCAG 2.2, "contrast ratio")."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def make_theme(colours: Colours) -> str:
    """Give the stylesheet of a hub's colours, empty where it has none: custom properties, and nothing else.

    A colour that is given for one ground only has the usual one on the other.
    """
    given = {
        "link": (colours.link_light, colours.link_dark),
        "accent": (colours.accent_light, colours.accent_dark),
    }
    lines = [
        f"--hub-{name}: light-dark({light or USUAL[name][0]}, {dark or USUAL[name][1]})"
        for name, (light, dark) in given.items()
        if light or dark
    ]
    return f":root {{ {'; '.join(lines)} }}\n" if lines else ""


def _luminance(colour: str) -> float:
    """Give the relative luminance of #rrggbb (WCAG 2.2)."""
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)
