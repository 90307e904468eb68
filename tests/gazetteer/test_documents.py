"""Text comes out of the files that reports come in, and what cannot be read says why."""

from __future__ import annotations

import importlib
import io

import pytest

from geoops.core.errors import InputError, MissingExtraError, ReadError
from geoops.gazetteer import documents, read_text


def test_plain_text_and_markdown_come_as_they_are(tmp_path):
    for name in ("report.txt", "report.md", "REPORT.TXT"):
        path = tmp_path / name
        path.write_bytes("\ufeff# Kirkuk\n\nnear داقوق".encode())
        assert read_text(path) == "# Kirkuk\n\nnear داقوق"


def test_html_comes_as_a_reader_sees_it(tmp_path):
    path = tmp_path / "report.html"
    path.write_text(
        "<html><head><title>x</title><style>p{}</style></head><body><h1>Deir&nbsp;al-Zor</h1><p>Caf&eacute;s in"
        " <b>Homs</b>.</p><ul><li>one<li>two</ul><script>alert('Aleppo')</script><table><tr><td>a<td>b</table></body>",
        encoding="utf-8",
    )
    assert read_text(path).splitlines() == ["Deir al-Zor", "Cafés in Homs.", "one", "two", "a", "b"]


def test_html_that_never_closes_what_it_opens_still_ends():
    assert documents.html_words("<p>Homs<b><i>Hama</p></style></script>Aleppo") == "HomsHama\nAleppo"
    assert documents.html_words("") == ""
    assert (
        documents.html_words("<p>Homs<![if gte mso 9]><b>Hama</b><![endif]> and<![x[CDA>Aleppo") == "HomsHama andAleppo"
    )


def test_a_word_file_gives_paragraphs_and_tables_in_order(tmp_path):
    docx = pytest.importorskip("docx", reason="python-docx is not installed")
    document = docx.Document()
    document.add_paragraph("Fighters in Kirkuk.")
    table = document.add_table(rows=1, cols=2)
    table.cell(0, 0).text, table.cell(0, 1).text = "Homs", "3"
    document.add_paragraph("Then Daquq.")
    document.save(tmp_path / "report.docx")
    assert read_text(tmp_path / "report.docx") == "Fighters in Kirkuk.\nHoms\t3\nThen Daquq."


def _pdf(text: str) -> bytes:
    """The smallest PDF that shows a line of text."""
    stream = f"BT /F1 12 Tf 20 100 Td ({text}) Tj ET".encode()
    parts = [
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]  # fmt: skip
    out = io.BytesIO(b"%PDF-1.4\n")
    out.seek(0, io.SEEK_END)
    offsets = []
    for number, part in enumerate(parts, start=1):
        offsets.append(out.tell())
        out.write(b"%d 0 obj%s\nendobj\n" % (number, part))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(parts) + 1))
    out.writelines(b"%010d 00000 n \n" % offset for offset in offsets)
    out.write(b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(parts) + 1, start))
    return out.getvalue()


def test_a_pdf_gives_its_text(tmp_path):
    pytest.importorskip("pypdf", reason="pypdf is not installed")
    path = tmp_path / "report.pdf"
    path.write_bytes(_pdf("Fighters in Kirkuk"))
    assert read_text(path).strip() == "Fighters in Kirkuk"


def test_a_pdf_of_pictures_and_a_locked_one_say_so(tmp_path):
    pypdf = pytest.importorskip("pypdf", reason="pypdf is not installed")
    path = tmp_path / "scan.pdf"
    path.write_bytes(_pdf(""))
    with pytest.raises(ReadError, match="holds no text"):
        read_text(path)
    writer = pypdf.PdfWriter()
    writer.append(io.BytesIO(_pdf("Homs")))
    writer.encrypt("secret", algorithm="RC4-128")
    with (tmp_path / "locked.pdf").open("wb") as stream:
        writer.write(stream)
    with pytest.raises(ReadError, match="needs a password"):
        read_text(tmp_path / "locked.pdf")


@pytest.mark.parametrize(("name", "word"), [("report.docx", "Word"), ("report.pdf", "PDF")])
def test_a_damaged_file_is_an_error_of_ours(tmp_path, name, word):
    pytest.importorskip("docx" if name.endswith("docx") else "pypdf")
    (tmp_path / name).write_bytes(b"not what it says")
    with pytest.raises(ReadError, match=f"cannot be read as a {word}"):
        read_text(tmp_path / name)


@pytest.mark.parametrize(("name", "library"), [("report.docx", "python-docx"), ("report.pdf", "pypdf")])
def test_a_missing_library_is_named_with_its_remedy(tmp_path, monkeypatch, name, library):
    (tmp_path / name).write_bytes(b"x")

    def missing(module: str) -> None:
        raise ImportError(module)

    monkeypatch.setattr(documents, "import_module", missing)
    with pytest.raises(
        MissingExtraError, match=rf"need {library}; install it with `pip install 'geoops\[documents\]'`"
    ):
        read_text(tmp_path / name)
    assert importlib.import_module is not missing


def test_another_kind_of_file_names_those_that_are_read(tmp_path):
    (tmp_path / "report.odt").write_bytes(b"x")
    with pytest.raises(InputError, match=r"ends in \.txt, \.md"):
        read_text(tmp_path / "report.odt")
    with pytest.raises(InputError, match="no ending came"):
        read_text(tmp_path / "report")
    with pytest.raises(ReadError, match="no file"):
        read_text(tmp_path / "missing.txt")
