"""The exported verdict, by securesystemslib, in-toto-attestation, OpenSSL, OpenSSH and tar."""

import base64
import hashlib
import json
import math
import re
import tempfile
from importlib.metadata import version
from math import comb
from pathlib import Path
from statistics import NormalDist

from cryptography.hazmat.primitives.serialization import load_pem_public_key
from google.protobuf import json_format
from in_toto_attestation.predicates.vsa.v1 import vsa_pb2
from in_toto_attestation.v1 import statement_pb2
from in_toto_attestation.v1.statement import Statement
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import SSlibKey

from checks import Check, Demo, Refused, outside

VERDICT = "export/verdict.intoto.jsonl"
SUMMARY = "https://slsa.dev/verification_summary/v1"
EVIDENCE = "urn:assay:evidence:v1"
NAMESPACE = "assay-request@v1"


def verify_envelope(envelope: dict, pem: bytes) -> bytes:
    """The payload of an envelope that the key in `pem` signed, by securesystemslib."""
    key = SSlibKey.from_crypto(load_pem_public_key(pem), keyid=envelope["signatures"][0]["keyid"])
    opened = Envelope.from_dict(json.loads(json.dumps(envelope)))
    try:
        opened.verify([key], threshold=1)
    except VerificationError as error:
        raise Refused(str(error)) from error
    return opened.payload


def securesystemslib(demo: Demo) -> str:
    lines = demo.lines()
    if len(lines) != 2:
        raise Refused(f"{len(lines)} envelopes instead of two")
    for envelope in lines:
        verify_envelope(envelope, demo.read("trust/appliance.pub.pem"))
    return "two envelopes"


def openssl(demo: Demo) -> str:
    """The same by OpenSSL, over the pre-authentication encoding that the DSSE protocol defines."""
    for envelope in demo.lines():
        payload = base64.b64decode(envelope["payload"])
        kind = envelope["payloadType"].encode()
        encoding = b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)
        with tempfile.TemporaryDirectory() as folder:
            message, signature = Path(folder, "pae"), Path(folder, "sig")
            message.write_bytes(encoding)
            signature.write_bytes(base64.b64decode(envelope["signatures"][0]["sig"]))
            outside(
                ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", demo.path("trust/appliance.pub.pem"), "-rawin",
                 "-in", message, "-sigfile", signature])
    return "two signatures"


def in_toto(demo: Demo) -> str:
    """Both payloads are in-toto statements, the first a SLSA summary, by in-toto's own definitions."""
    seen = []
    for envelope, expected in zip(demo.lines(), (SUMMARY, EVIDENCE)):
        payload = base64.b64decode(envelope["payload"])
        try:
            proto = json_format.Parse(payload, statement_pb2.Statement())
            statement = Statement.copy_from_pb(proto)
            statement.validate()
            if statement.pb.predicate_type != expected:
                raise ValueError(f"{statement.pb.predicate_type} instead of {expected}")
            if expected == SUMMARY:
                predicate = json.loads(payload)["predicate"]
                # SLSA has an array of levels here; in-toto-attestation's message, one string.
                levels = predicate.pop("verifiedLevels", None)
                if not isinstance(levels, list) or not all(isinstance(level, str) for level in levels):
                    raise ValueError("verifiedLevels is no array of strings")
                summary = json_format.ParseDict(predicate, vsa_pb2.VerificationSummary())
                if summary.verification_result not in ("PASSED", "FAILED") or not summary.policy.uri:
                    raise ValueError("not a summary that SLSA allows")
                seen.append(summary.verification_result)
            else:
                digest = hashlib.sha256(payload).hexdigest()
                if seen_input(demo) != digest:
                    raise ValueError("the summary rests on other evidence")
        except (json_format.ParseError, ValueError) as error:
            raise Refused(str(error)) from error
    return ", ".join(seen)


def seen_input(demo: Demo) -> str:
    """The digest of the evidence that the summary names."""
    summary = json.loads(base64.b64decode(demo.lines()[0]["payload"]))
    return summary["predicate"]["inputAttestations"][0]["digest"]["sha256"]


def corrected_rates(demo: Demo) -> str:
    """Each rate that a judge found, without the judge's error, worked out again from the counts (Runbooks/statistics.md)."""
    suites = json.loads(base64.b64decode(demo.lines()[1]["payload"]))["predicate"]["suites"]
    judged = [suite for suite in suites if suite["corrected"] is not None]
    if not judged:
        raise RuntimeError("no suite of the demonstration was judged")
    for suite in judged:
        corrected, z = suite["corrected"], NormalDist().inv_cdf(0.5 + float(suite["confidence"]) / 2)

        def wilson(counts: dict) -> tuple[float, float]:
            count, rate = counts["n"], counts["successes"] / counts["n"]
            half = z * math.sqrt(rate * (1 - rate) / count + z * z / (4 * count * count))
            return (rate + z * z / (2 * count) - half) / (1 + z * z / count), (rate + z * z / (2 * count) + half) / (1 + z * z / count)

        q, s = suite["successes"] / suite["n"], corrected["sensitivity"]["successes"] / corrected["sensitivity"]["n"]
        f = 1 - corrected["specificity"]["successes"] / corrected["specificity"]["n"]
        (low_s, high_s), (low_c, high_c) = wilson(corrected["sensitivity"]), wilson(corrected["specificity"])
        low_q, high_q = float(suite["interval"]["low"]), float(suite["interval"]["high"])

        def lower(p: float) -> float:
            return q - (1 - p) * f - p * s - math.hypot(q - low_q, (1 - p) * (1 - low_c - f), p * (high_s - s))

        def upper(p: float) -> float:
            return q - (1 - p) * f - p * s + math.hypot(high_q - q, (1 - p) * (f - 1 + high_c), p * (s - low_s))

        def root(function) -> float:
            """Where a falling function is 0; the end of 0 to 1 where it is not."""
            low, high = 0.0, 1.0
            for _ in range(60):
                middle = (low + high) / 2
                low, high = (middle, high) if function(middle) > 0 else (low, middle)
            return low

        for name, own, given in (
            ("rate", min(max((q - f) / (s - f), 0), 1), corrected["rate"]), ("low", root(lower), corrected["interval"]["low"]),
            ("high", root(upper), corrected["interval"]["high"]),
        ):
            # The bounds of q are given to six places.
            if abs(own - float(given)) > 5e-6:
                raise Refused(f"{suite['task']}: the corrected {name} is {own:.6f}, not {given}")
    return f"{len(judged)} of {len(suites)} suites"


def ssh_keygen(demo: Demo) -> str:
    """The adjudicator's signature over the request, as the ledger's entry holds it."""
    entry, request = demo.read_json("export/entry.json"), demo.read("export/request.json")
    person = json.loads(request)["person"]
    with tempfile.TemporaryDirectory() as folder:
        signature = Path(folder, "request.sig")
        signature.write_text(entry["request"]["sshsig"])
        outside(
            ["ssh-keygen", "-Y", "verify", "-f", demo.path("trust/allowed_signers"), "-I", person, "-n", NAMESPACE, "-s",
             signature], refusals=(255,), input=request)
    return person


def approval(demo: Demo) -> str:
    """The second person's signature over the request that the verdict stands on."""
    approval, entry = json.loads(demo.read("approval/request.json")), json.loads(demo.read("approval/entry.json"))
    digest = hashlib.sha256(demo.read("approval/request.json")).hexdigest()
    if entry["request"]["sha256"] != digest or entry["actor"] != approval["person"]:
        raise Refused("the entry is of another request")
    if approval["scope"]["request"] != hashlib.sha256(demo.read("export/request.json")).hexdigest():
        raise Refused("the approval is of another request than the verdict's")
    if approval["action"] != "request.approve" or approval["person"] == json.loads(demo.read("export/request.json"))["person"]:
        raise Refused("not another person's approval")
    outside(
        ["ssh-keygen", "-Y", "verify", "-f", demo.path("trust/allowed_signers"), "-I", approval["person"], "-n", NAMESPACE, "-s",
         demo.path("approval/request.sig")], refusals=(255,), input=demo.read("approval/request.json"))
    return approval["person"]


def tar(demo: Demo) -> str:
    """The bundle unpacks to the files beside it."""
    with tempfile.TemporaryDirectory() as folder:
        outside(["tar", "-xf", demo.path("export/verdict.assay"), "-C", folder], refusals=(2,))
        names = sorted(p.name for p in Path(folder).iterdir())
        for name in names:
            if Path(folder, name).read_bytes() != demo.read(f"export/{name}"):
                raise Refused(f"{name} differs from the file beside the bundle")
    if len(names) != 5:
        raise Refused(f"{len(names)} files instead of five")
    return f"{len(names)} files"


def policy(demo: Demo) -> str:
    """Every decision of the capability policy, made again by Runbooks/capability-policy.md, with exact binomial tails."""
    evidence = json.loads(base64.b64decode(demo.lines()[1]["payload"]))["predicate"]
    policy, suites = evidence["policy"], {suite["task"]: suite for suite in evidence["suites"]}
    above = []
    for domain in policy["domains"]:
        asked, found = domain["elicitations"], []
        for entry in asked:
            suite, bounds = suites.get(entry["suite"]), entry["bounds"]
            if suite is None or suite["failures"] or bounds is None:
                continue
            low, high, n, k = float(bounds["low"]), float(bounds["high"]), suite["n"], suite["successes"]
            spare = 1 - float(suite["confidence"])
            # Clusters make a bound wider than independent items would have it, never narrower; half a last digit was dropped.
            over = binomial(n, low - 1e-6, range(k, n + 1)) if low > 0 else 0
            under = binomial(n, high + 1e-6, range(k + 1)) if high < 1 else 0
            if over > spare / 2 / len(asked) or under > spare / 2:
                raise Refused(f"{entry['suite']}: bounds narrower than {k} of {n} items allow")
            if suite["threshold"] != entry["threshold"]:
                raise Refused(f"{entry['suite']}: another threshold than the suite's")
            found.append((low, high, float(entry["threshold"])))
        if any(low >= threshold for low, _, threshold in found):
            decision = "above"
        elif len(found) == len(asked) and all(high < threshold for _, high, threshold in found):
            decision = "below"
        else:
            decision = "inconclusive" if any(entry["suite"] in suites for entry in asked) else "not-evaluated"
        if decision != domain["decision"]:
            raise Refused(f"{domain['domain']} is {decision}, not {domain['decision']}")
        if decision == "above":
            above.append(policy["tiers"].index(domain["tier"]))
    if policy["tiers"].index(policy["tier"]) != max(above, default=0):
        raise Refused(f"the tier is not {policy['tier']}")
    return f"{len(policy['domains'])} domains"


def binomial(n: int, rate: float, successes: range) -> float:
    rate = min(max(rate, 0.0), 1.0)
    return sum(comb(n, k) * rate**k * (1 - rate) ** (n - k) for k in successes)


def signature_flip(line: int):
    def tamper(demo: Demo):
        lines = demo.lines()
        signature = bytearray(base64.b64decode(lines[line]["signatures"][0]["sig"]))
        signature[5] ^= 1
        lines[line]["signatures"][0]["sig"] = base64.b64encode(signature).decode()
        demo.edit(VERDICT, lambda _: b"".join(json.dumps(envelope).encode() + b"\n" for envelope in lines))
    return tamper


def another_key(demo: Demo):
    demo.replace("trust/appliance.pub.pem", demo.read("trust/lab.pub.pem"))


def digit(payload: bytes) -> bytes:
    """Another figure in the evidence: the first digit of the first rate."""
    return re.sub(rb'"rate":"([01])', lambda found: b'"rate":"' + (b"1" if found[1] == b"0" else b"0"), payload, count=1)


def result(payload: bytes) -> bytes:
    return payload.replace(b'"PASSED"', b'"FAILED"') if b'"PASSED"' in payload else payload.replace(b'"FAILED"', b'"PASSED"')


SIGNED = [
    ("the summary's result", lambda demo: demo.edit_payload(VERDICT, 0, result)),
    ("a rate in the evidence", lambda demo: demo.edit_payload(VERDICT, 1, digit)),
    ("a signature", signature_flip(0)),
    ("the other signature", signature_flip(1)),
    ("another public key", another_key),
]

CHECKS = [
    Check("verdict's signatures", f"securesystemslib {version('securesystemslib')}", ["export", "trust"], securesystemslib, SIGNED),
    Check("verdict's signatures", "openssl pkeyutl", ["export", "trust"], openssl, SIGNED),
    Check(
        "verdict's statements", f"in-toto-attestation {version('in-toto-attestation')}", ["export"], in_toto,
        [
            ("the statement's type", lambda demo: demo.edit_payload(
                VERDICT, 0, lambda p: p.replace(b"in-toto.io/Statement/v1", b"in-toto.io/Statement/v9"))),
            ("a subject's digest", lambda demo: demo.edit_payload(
                VERDICT, 0, lambda p: re.sub(rb'"digest":\{"sha256":"[0-9a-f]+"\},"name"', b'"digest":{},"name"', p, count=1))),
            ("an unknown field", lambda demo: demo.edit_payload(
                VERDICT, 0, lambda p: p.replace(b'"slsaVersion"', b'"slsaVersions"'))),
            ("a rate in the evidence", lambda demo: demo.edit_payload(VERDICT, 1, digit)),
        ]),
    Check(
        "judge's error", "Python's statistics", ["export"], corrected_rates,
        [
            ("a corrected bound", lambda demo: demo.edit_payload(
                VERDICT, 1, lambda p: re.sub(
                    rb'("corrected":\{"interval":\{"high":"[01]\.)([0-9])', lambda found: found[1] + (b"0" if found[2] == b"9" else b"9"), p))),
            ("the judge's counts", lambda demo: demo.edit_payload(
                VERDICT, 1, lambda p: re.sub(rb'"sensitivity":\{"n":[0-9]+', b'"sensitivity":{"n":999', p))),
        ]),
    Check(
        "policy's decisions", "Python's standard library", ["export"], policy,
        [
            ("a domain's decision", lambda demo: demo.edit_payload(
                VERDICT, 1, lambda p: p.replace(b'"decision":"below","domain"', b'"decision":"above","domain"', 1))),
            ("a bound", lambda demo: demo.edit_payload(VERDICT, 1, lambda p: re.sub(rb'"bounds":\{"high":"[0-9.]+"', b'"bounds":{"high":"0.600000"', p, count=1))),
            ("the tier", lambda demo: demo.edit_payload(
                VERDICT, 1, lambda p: p.replace(b'"tier":"open-weights","tiers"', b'"tier":"no-release","tiers"'))),
        ]),
    Check(
        "adjudicator's signature", "ssh-keygen -Y verify", ["export", "trust"], ssh_keygen,
        [
            ("a byte of the request", lambda demo: demo.edit(
                "export/request.json", lambda b: b.replace(b'"purpose":"', b'"purpose":"x'))),
            ("another person", lambda demo: demo.edit("trust/allowed_signers", lambda b: b"x" + b.replace(b"\n", b"\nx"))),
            ("another namespace", lambda demo: demo.edit(
                "trust/allowed_signers", lambda b: b.replace(NAMESPACE.encode(), b"file"))),
        ]),
    Check(
        "second person's approval", "ssh-keygen -Y verify", ["approval", "export", "trust"], approval,
        [
            ("a byte of the approval", lambda demo: demo.edit(
                "approval/request.json", lambda b: b.replace(b'"purpose":"', b'"purpose":"x'))),
            ("another verdict's request", lambda demo: demo.edit(
                "export/request.json", lambda b: b.replace(b'"purpose":"', b'"purpose":"x'))),
            ("another approval's signature", lambda demo: demo.replace(
                "approval/request.sig", json.loads(demo.read("export/entry.json"))["request"]["sshsig"].encode())),
        ]),
    Check(
        "bundle's archive", "tar", ["export"], tar,
        [
            ("a header", lambda demo: demo.flip("export/verdict.assay", 100)),
            ("a byte of a file", lambda demo: demo.flip("export/verdict.assay", 600)),
        ]),
]
