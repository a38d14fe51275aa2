"""Text that both databases keep."""


def storable(text: str) -> str:
    """Neither keeps NUL; surrogates that stand alone are no Unicode at all. Raises `ValueError`."""
    if "\0" in text:
        raise ValueError("must not contain the character NUL")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("is not valid Unicode") from None
    return text
