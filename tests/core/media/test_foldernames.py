"""What names of folders say of albums."""

import pytest

from mcma.media.foldernames import FolderFacts, read_folder


@pytest.mark.parametrize(
    ("folder", "said"),
    [
        ("", FolderFacts()),
        ("Tides", FolderFacts("Tides")),
        ("Ann Ash/Tides", FolderFacts("Tides", "Ann Ash")),
        ("Ann Ash/1999 - Tides", FolderFacts("Tides", "Ann Ash", "1999")),
        ("Ann Ash/(1999) Tides", FolderFacts("Tides", "Ann Ash", "1999")),
        ("Music/Ann Ash - Tides (1999) [FLAC]", FolderFacts("Tides", "Ann Ash", "1999")),
        ("Ann_Ash_-_Tides_{LR_1}", FolderFacts("Tides", "Ann Ash")),
        ("Ann Ash - 1999 - Tides", FolderFacts("Tides", "Ann Ash", "1999")),
        ("Ann Ash/Tides/CD 2", FolderFacts("Tides", "Ann Ash")),
        ("CD 2", FolderFacts("CD 2")),
        ("Prince/1999", FolderFacts("1999", "Prince")),
        ("[Untitled]", FolderFacts("[Untitled]")),
    ],
)
def test_a_name_says(folder: str, said: FolderFacts) -> None:
    assert read_folder(folder.encode()) == said


def test_any_bytes_are_a_name() -> None:
    assert read_folder(b"Bj\xf6rk/D\xe9but") == FolderFacts("Début", "Björk")
