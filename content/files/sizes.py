"""Sizes of files as people read them."""

_KILO = 1024


def size_text(size: int) -> str:
    """`512B`, `640KB`, `2.1MB`, `35MB`: as Windows counts, never `0KB` for what is there."""
    if size < _KILO:
        return f"{size}B"
    kilobytes = round(size / _KILO)
    if kilobytes < _KILO:
        return f"{kilobytes}KB"
    megabytes = size / _KILO / _KILO
    return f"{megabytes:.1f}MB" if megabytes < 9.95 else f"{megabytes:.0f}MB"
