"""Time stamps of a third party on the manifests (RFC 3161): they prove when a manifest existed.

A manifest grows while its week is the newest, and never changes after a later week was sealed. So
one is stamped as soon as another follows it; since each names the hash of the one before, a stamp
vouches for all earlier ones too. It stands beside it as ``manifest-2026-W47.tsr``, the response of
the authority as it came, and also reads with ``openssl ts``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from cryptography.x509 import Certificate, load_pem_x509_certificates
from rfc3161_client import (
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from monitor.evidence.manifest import Problem, replace_file, sealed_weeks
from monitor.evidence.warc import EvidenceError
from monitor.model import Value

SECONDS = 30.0
"""How long an authority may take to answer."""
LONGEST_ANSWER = 64 * 1024
"""Bytes; a response with a chain of certificates takes some 6,000."""


class TimeAuthority(Value):
    """Who gives time stamps: an address, and the file (PEM) of the certificates to trust."""

    url: str
    certificates: Path


class TimeStampError(EvidenceError):
    """No authority gave a time stamp that holds."""


def stamp_manifests(folder: Path, authorities: Sequence[TimeAuthority]) -> Iterator[Path]:
    """Have every manifest stamped that another one follows and that has no stamp; yields each file.

    The first of the ``authorities`` whose stamp holds gives it. Raises ``TimeStampError`` with the
    reason of each where none does; what was stamped before stays.
    """
    for week in sealed_weeks(folder)[:-1]:
        manifest = folder / f"manifest-{week}.json"
        if not manifest.with_suffix(".tsr").exists():
            yield stamp_file(manifest, authorities)


def stamp_file(file: Path, authorities: Sequence[TimeAuthority]) -> Path:
    """Have a file stamped by the first of ``authorities`` whose stamp holds; returns the stamp.

    Raises ``TimeStampError`` with the reason of each where none does.
    """
    path = file.with_suffix(".tsr")
    reasons = []
    for authority in authorities:
        try:
            replace_file(path, _stamp(file.read_bytes(), authority))
        except TimeStampError as error:
            reasons.append(f"{authority.url}: {error}")
        else:
            return path
    raise TimeStampError(f"{file.name}: no time stamp: {'; '.join(reasons)}")


def stamped_at(file: Path, certificates: Iterable[Path]) -> datetime | None:
    """When a file is proven to have existed by the stamp beside it; None where there is none.

    Raises ``TimeStampError`` where the stamp does not hold for what the file says now.
    """
    path = file.with_suffix(".tsr")
    if not path.exists():
        return None
    trusted = [certificate for pem in certificates for certificate in _certificates(pem)]
    try:
        response = _response(path.read_bytes())
        _require(response, file.read_bytes(), trusted, nonce=None)
    except TimeStampError as error:
        raise TimeStampError(f"{path.name} beside {file.name}: {error}") from error
    return response.tst_info.gen_time


def verify_time_stamps(
    folder: Path, certificates: Iterable[Path]
) -> tuple[list[Problem], dict[str, datetime]]:
    """What is wrong with the time stamps, and when which week's manifest is proven to have existed.

    ``certificates`` are the files of the authorities' certificates. A stamp is checked as of its
    own time, so that it holds after the authority's certificates have ended. Raises
    ``TimeStampError`` where a file of certificates cannot be read.
    """
    trusted = [certificate for path in certificates for certificate in _certificates(path)]
    problems: list[Problem] = []
    proven: dict[str, datetime] = {}
    for path in sorted(folder.glob("manifest-*.tsr")):
        manifest = path.with_suffix(".json")
        try:
            content = manifest.read_bytes()
            response = _response(path.read_bytes())
            _require(response, content, trusted, nonce=None)
        except FileNotFoundError:
            problems.append(
                Problem(file=manifest.name, kind="missing", detail=f"{path.name} stamps it")
            )
        except TimeStampError as error:
            problems.append(Problem(file=path.name, kind="broken", detail=str(error)))
        else:
            week = path.stem.removeprefix("manifest-")
            proven[week] = response.tst_info.gen_time
    return problems, proven


def _stamp(content: bytes, authority: TimeAuthority) -> bytes:
    """The authority's response over the SHA-256 of ``content``, once it was verified."""
    trusted = _certificates(authority.certificates)
    request = TimestampRequestBuilder().data(content).cert_request(cert_request=True).build()
    try:
        query = Request(  # noqa: S310
            authority.url,
            data=request.as_bytes(),
            headers={"Content-Type": "application/timestamp-query"},
        )
        with urlopen(query, timeout=SECONDS) as answer:  # noqa: S310
            body: bytes = answer.read(LONGEST_ANSWER)
    except HTTPError as error:
        raise TimeStampError(f"HTTP {error.code}") from error
    except (URLError, OSError, HTTPException, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise TimeStampError(f"{type(reason).__name__}") from error
    _require(_response(body), content, trusted, nonce=request.nonce)
    return body


def _response(body: bytes) -> TimeStampResponse:
    try:
        return decode_timestamp_response(body)
    except ValueError as error:
        raise TimeStampError("is no time stamp of RFC 3161") from error


def _require(
    response: TimeStampResponse,
    content: bytes,
    trusted: Sequence[Certificate],
    *,
    nonce: int | None,
) -> None:
    """Raise ``TimeStampError`` unless a trusted authority stamped this very content."""
    roots = [entry for entry in trusted if entry.issuer == entry.subject]
    if not roots:
        raise TimeStampError("no root certificate is configured to check it with")
    others = [entry for entry in trusted if entry.issuer != entry.subject]
    verifier = VerifierBuilder(roots=roots, intermediates=others, nonce=nonce).build()
    try:
        verifier.verify_message(response, content)
    except (VerificationError, ValueError) as error:
        raise TimeStampError(f"does not hold: {error}") from error


def _certificates(path: Path) -> list[Certificate]:
    """The certificates of a PEM file."""
    try:
        return load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError) as error:
        why = (isinstance(error, OSError) and error.strerror) or "holds no certificates as PEM"
        raise TimeStampError(f"{path}: {why}") from error
