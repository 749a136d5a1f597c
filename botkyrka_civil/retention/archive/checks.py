"""Whether a package is whole: each file as the manifest and the checksums say, nothing missing and nothing more."""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Iterator
from lzma import LZMAError
from typing import IO
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile, ZipFile

from . import mets

NAME = "checksums.sha256"
PIECE = 64 * 1024
LONGEST_LIST = 50 * 1024 * 1024
NOT_ZIP = "Filen är skadad, eller är inget arkivpaket: den går inte att öppna."
_LINE = re.compile(r"([0-9a-f]{64})  ([\w./-]+)", re.ASCII)
_BROKEN = (BadZipFile, zlib.error, LZMAError, OSError, EOFError, NotImplementedError, RuntimeError, ValueError)

type Sums = dict[str, tuple[int, str]]  # the size and the checksum of each file, by its path


def problems(file: IO[bytes], expected: Sums | None = None) -> list[str]:
    """What is wrong with a package, in sentences. Reads all of it, and keeps none of it.

    By what it says of itself, and by what was to be written if that is known.
    """
    try:
        with ZipFile(file) as archive:
            return list(_problems(archive, expected))
    except _BROKEN:
        return [NOT_ZIP]


def _problems(archive: ZipFile, expected: Sums | None) -> Iterator[str]:
    names = archive.namelist()
    if odd := sorted({name for name in names if names.count(name) > 1 or not _is_plain(name)}):
        yield f"Otillåtna filnamn: {', '.join(map(repr, odd))}."
        return
    try:
        sums, manifest = _sums(archive), mets.listed(_small(archive, mets.NAME))
    except (KeyError, ParseError, *_BROKEN):
        yield f"{NAME} eller {mets.NAME} saknas eller är skadad."
        return
    yield from _differences(set(names) - {NAME}, sums, manifest)
    for name in names:
        found = _measured(archive, name)
        if found is None or found[1] != sums.get(name, found[1]) or found != manifest.get(name, found):
            yield f"{name} är skadad eller ändrad."
        elif expected is not None and found != expected.get(name):
            yield f"{name} är inte den fil som skulle skrivas."
    if expected is not None and (lost := sorted(expected.keys() - set(names))):
        yield f"Det saknas filer: {', '.join(lost)}."


def _differences(names: set[str], sums: dict[str, str], manifest: Sums) -> Iterator[str]:
    if lost := sorted((sums.keys() | manifest.keys()) - names):
        yield f"Det saknas filer: {', '.join(lost)}."
    if more := sorted((names - sums.keys()) | (names - manifest.keys() - {mets.NAME})):
        yield f"Det finns filer som inte står i förteckningen: {', '.join(more)}."


def _is_plain(name: str) -> bool:
    parts = name.split("/")
    return bool(re.fullmatch(r"[\w.-]+(/[\w.-]+)*", name, re.ASCII)) and not {".", ".."} & set(parts)


def _small(archive: ZipFile, name: str) -> bytes:
    with archive.open(name) as file:
        data = file.read(LONGEST_LIST + 1)
    if len(data) > LONGEST_LIST:
        raise ValueError(name)
    return data


def _sums(archive: ZipFile) -> dict[str, str]:
    lines = _small(archive, NAME).decode("ascii").splitlines()
    found = [_LINE.fullmatch(line) for line in lines]
    if not all(found):
        raise ValueError(NAME)
    return {match[2]: match[1] for match in found if match}


def _measured(archive: ZipFile, name: str) -> tuple[int, str] | None:
    digest, size = hashlib.sha256(), 0
    try:
        with archive.open(name) as file:
            while piece := file.read(PIECE):
                digest.update(piece)
                size += len(piece)
    except _BROKEN:
        return None
    return size, digest.hexdigest()
