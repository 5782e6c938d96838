"""Bytes → rows: encodings, damage, lost quotes, bombs. Nothing may crash."""

import gzip
import io
import json
from collections.abc import Callable
from typing import BinaryIO

import pytest
from django.conf import LazySettings

from incidents.imports.parsing import RawRow, Table, describe, read_rows
from incidents.imports.reading import BadFile, digest, guess_encoding


def opener_of(content: bytes) -> Callable[[], BinaryIO]:
    """Opens these bytes as a file would be."""
    return lambda: io.BytesIO(content)


def rows_of(content: bytes) -> list[RawRow]:
    """Every row of a file, read as the import reads it."""
    opener = opener_of(content)
    encoding = guess_encoding(opener)
    return list(read_rows(opener, describe(opener, encoding), encoding))


def table_of(content: bytes) -> Table:
    """What the file is taken for."""
    return describe(opener_of(content))


def test_csv_rows_know_their_line_even_after_line_breaks_in_a_value() -> None:
    rows = rows_of(b'number,title\n1,"two\nlines"\n\n2,plain\n')
    assert rows == [
        RawRow(2, {"number": "1", "title": "two\nlines"}),
        RawRow(5, {"number": "2", "title": "plain"}),
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_out(delimiter: str) -> None:
    content = f"number{delimiter}title, or so\n1{delimiter}a\n".encode()
    assert table_of(content.replace(b", or so", b"")).delimiter == delimiter


def test_packed_files_are_unpacked() -> None:
    assert rows_of(gzip.compress(b"number,title\n1,a\n"))[0].values == {"number": "1", "title": "a"}


def test_json_lines_with_nested_values() -> None:
    first = {"key": "A-1", "fields": {"summary": "x", "labels": ["a", "b"]}, "n": None, "b": True}
    second = {"key": "A-2", "late": {"list": [{"deep": 1}]}}
    content = f"{json.dumps(first)}\n\n{json.dumps(second)}\n".encode()
    table = table_of(content)
    assert table.is_json
    assert table.columns == ["key", "fields.summary", "fields.labels", "n", "b", "late.list"]
    assert rows_of(content) == [
        RawRow(
            1,
            {
                "key": "A-1",
                "fields.summary": "x",
                "fields.labels": "a, b",
                "n": "",
                "b": "true",
            },
        ),
        RawRow(3, {"key": "A-2", "late.list": '[{"deep": 1}]'}),
    ]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ('{"key": ', "is not JSON"),
        ("[1]", "is not a JSON object"),
        ('"text"', "is not a JSON object"),
        ("[" * 100_000, "is not JSON"),
        ('{"key": ' + "9" * 5000 + "}", "is not JSON"),
        ('{"key": "a\\u0000b"}', "key: holds a NUL byte"),
        ('{"key": "a\\ud800b"}', "key: holds half a character"),
    ],
)
def test_a_bad_json_line_is_a_fault_of_its_line_only(line: str, fault: str) -> None:
    rows = rows_of(f'{{"key": "1"}}\n{line}\n{{"key": "3"}}\n'.encode())
    assert [row.fault for row in rows] == ["", fault, ""]
    assert [row.line for row in rows] == [1, 2, 3]


def test_marks_and_other_encodings_are_read() -> None:
    text = "number,title\n1,Grüße\n"
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "cp1252"):
        assert rows_of(text.encode(encoding))[0].values == {"number": "1", "title": "Grüße"}


def test_one_broken_byte_in_a_utf8_file_spoils_only_its_row() -> None:
    rows = rows_of("number,title\n1,Grüße\n2,Übel\n3,".encode() + b"caf\xe9\n")
    assert [row.fault for row in rows] == ["", "", "title: is not text in the file's encoding"]


def test_a_nul_byte_is_a_fault() -> None:
    rows = rows_of(b"number,title\n1,a\x00b\n2,c\n")
    assert [row.fault for row in rows] == ["title: holds a NUL byte", ""]


def test_ragged_rows_are_faults_and_empty_cells_at_the_end_are_not() -> None:
    rows = rows_of(b"a,b\n1\n1,2,3\n1,2,,\n1,2\n")
    assert [row.fault for row in rows] == [
        "has 1 values where the header names 2",
        "has 3 values where the header names 2",
        "",
        "",
    ]


def test_a_lost_quote_costs_one_row_and_not_the_rest_of_the_file() -> None:
    lines = [f"{n},row {n}" for n in range(2000)]
    lines[700] = '700,"never closed'
    rows = rows_of(("number,title\n" + "\n".join(lines)).encode())
    assert len(rows) == 2000
    assert [row.line for row in rows if row.fault] == [702]
    assert rows[-1].values == {"number": "1999", "title": "row 1999"}


def test_a_lost_quote_with_more_after_it_than_a_value_may_hold() -> None:
    filler = "\n".join(f"{n},{'x' * 990}" for n in range(1500))
    rows = rows_of(f'number,title\n0,"open\n{filler}\n'.encode())
    assert len(rows) == 1501
    assert [row.line for row in rows if row.fault] == [2]


def test_a_line_without_end_is_refused_and_the_next_one_read() -> None:
    rows = rows_of(b"number,title\n1," + b"x" * 3_000_000 + b"\n2,b\n")
    assert [bool(row.fault) for row in rows] == [True, False]
    assert len(rows[0].values["number"]) <= 1_000_000


def test_columns_without_a_name_or_with_the_same_get_one() -> None:
    assert table_of(b"a,,a,a\n1,2,3,4\n").columns == ["a", "column 2", "a (2)", "a (3)"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\n\n  \n", "empty"),
        (b"PK\x03\x04rest", "spreadsheet"),
        (b'[{"a": 1}]', "one JSON object on each line"),
        (gzip.compress(b"number,title\n1,a\n", mtime=0)[:-12], "damaged"),
        (b"\x1f\x8bnot gzip at all", "damaged"),
        (b",".join(b"c%d" % n for n in range(501)) + b"\n", "500 is the most"),
    ],
)
def test_a_file_that_is_no_table_is_refused_with_a_sentence(content: bytes, words: str) -> None:
    with pytest.raises(BadFile, match=words):
        rows_of(content)


def test_a_bomb_is_refused_before_it_fills_the_memory() -> None:
    bomb = gzip.compress(b"number,title\n" + b"1,aaaaaaaaaaaaaaaaaaaa\n" * 2_000_000)
    with pytest.raises(BadFile, match="tighter"):
        for _ in read_rows(opener_of(bomb), table_of(bomb)):
            pass


def test_a_file_may_not_unpack_beyond_the_limit(settings: LazySettings) -> None:
    settings.IMPORT_MAX_BYTES = 10_000
    packed = gzip.compress(b"number,title\n" + b"1,abcdefghijklmnopqrstuvwxyz\n" * 3000)
    with pytest.raises(BadFile, match="unpacks to more"):
        rows_of(packed)


def test_the_digest_is_that_of_the_file_as_it_lies_there() -> None:
    assert digest(opener_of(b"abc")).startswith("ba7816bf")
