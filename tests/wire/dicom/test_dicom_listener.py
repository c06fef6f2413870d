"""Real senders, real sockets: pynetdicom's and DCMTK's clients against our storage listener."""

import asyncio
import os
import shutil
import socket
import ssl
import struct
import subprocess
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pydicom
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydicom.data import get_testdata_file
from pydicom.uid import ImplicitVRLittleEndian, generate_uid
from pynetdicom import AE, evt
from pynetdicom.pdu import A_ASSOCIATE_RJ
from pynetdicom.sop_class import CTImageStorage, MRImageStorage, Verification

from yuanzhen.infrastructure.errors import Forbidden, InsufficientStorage, Invalid

DCMTK = pytest.mark.skipif(shutil.which("storescu") is None, reason="DCMTK's storescu is not here")


def bundled(name: str) -> Path:
    return Path(str(get_testdata_file(name)))


def stored(port, *data_sets, calling="CT1", called="YUANZHEN", tls=None, before=None):
    """Sends data sets as a modality does: the statuses, or the reason why there was no association."""
    entity = AE(ae_title=calling)
    for data_set in data_sets:
        entity.add_requested_context(data_set.SOPClassUID, data_set.file_meta.TransferSyntaxUID)
    entity.add_requested_context(Verification)
    arguments = (tls, "localhost") if tls else None
    told = []  # what came by the wire: pynetdicom's own word for it may be `aborted` when its threads are slow
    listening = [(evt.EVT_PDU_RECV, lambda event: told.append(event.pdu))]
    association = entity.associate("127.0.0.1", port, ae_title=called, tls_args=arguments, evt_handlers=listening)
    if not association.is_established:
        return "rejected" if any(isinstance(pdu, A_ASSOCIATE_RJ) for pdu in told) else "aborted"
    try:
        return [association.send_c_store(data_set) for data_set in data_sets] or association.send_c_echo().Status
    finally:
        association.release()


def ct(**attributes):
    data_set = pydicom.dcmread(bundled("CT_small.dcm"))
    for keyword, value in attributes.items():
        setattr(data_set, keyword, value)
    data_set.file_meta.MediaStorageSOPInstanceUID = data_set.SOPInstanceUID
    return data_set


async def test_an_echo_is_answered(serve):
    async with serve() as port:
        assert await asyncio.to_thread(stored, port) == 0x0000


@pytest.mark.parametrize(
    "name",
    ["CT_small.dcm", "MR_small_RLE.dcm", "JPEG2000.dcm", "MR_small_bigendian.dcm", "test-SR.dcm", "waveform_ecg.dcm"],
)
async def test_an_instance_is_kept_as_it_was_sent(serve, kept, name):
    original = pydicom.dcmread(bundled(name))
    async with serve() as port:
        (status,) = await asyncio.to_thread(stored, port, original)
    assert status.Status == 0x0000
    (fact,) = kept.facts
    assert (fact.sop, fact.transfer_syntax) == (original.SOPInstanceUID, original.file_meta.TransferSyntaxUID)
    held = pydicom.dcmread(BytesIO(kept.files[0]))
    assert held.file_meta.MediaStorageSOPInstanceUID == original.SOPInstanceUID
    assert held.file_meta.SourceApplicationEntityTitle == "CT1"
    assert held.get("PixelData") == original.get("PixelData")
    assert [element.tag for element in held] == [element.tag for element in original if element.tag.element]


async def test_instances_of_one_association_are_taken_one_after_another(serve, kept):
    async with serve() as port:
        await asyncio.to_thread(stored, port, ct(), ct(SOPInstanceUID=generate_uid()))
    assert len({fact.sop for fact in kept.facts}) == 2


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (InsufficientStorage("blobs.full"), 0xA700),
        (Forbidden("dicom.not_yours"), 0x0124),
        (Invalid("imaging.other_patient", place="PatientID"), 0xA900),
        (ValueError("CompressedSamples^CT1"), 0xC000),
    ],
)
async def test_what_the_sink_refused_is_a_status_with_its_code_and_no_words(serve, kept, capfd, fault, status):
    kept.refuses = fault
    async with serve() as port:
        (told,) = await asyncio.to_thread(stored, port, ct())
    assert told.Status == status
    assert told.ErrorComment.startswith(getattr(fault, "code", "internal"))
    assert "CompressedSamples" not in told.ErrorComment + "".join(capfd.readouterr())


async def test_a_sink_that_does_not_return_is_no_success(serve, kept):
    kept.waits = True
    async with serve(sink_s=0.3) as port:
        (told,) = await asyncio.to_thread(stored, port, ct())
    assert (told.Status, told.ErrorComment) == (0xA700, "dicom.timed_out")


@pytest.mark.parametrize("uid", ["../../../etc/passwd", "1.2.03", "1..2"])
@pytest.mark.parametrize("keyword", ["StudyInstanceUID", "SeriesInstanceUID"])
async def test_an_identifier_that_is_a_path_is_refused(serve, kept, keyword, uid):
    async with serve() as port:
        (told,) = await asyncio.to_thread(stored, port, ct(**{keyword: uid}))
    assert (told.Status, told.ErrorComment) == (0xA900, f"dicom.uid at {keyword}")
    assert kept.facts == []


@pytest.mark.parametrize("titles", [{"calling": "NOBODY"}, {"called": "OTHER"}, {"calling": "BROKEN"}])
async def test_an_unknown_caller_or_called_is_rejected_at_the_association(serve, kept, titles):
    async with serve() as port:
        assert await asyncio.to_thread(lambda: stored(port, ct(), **titles)) == "rejected"
    assert kept.facts == []


async def test_an_instance_over_the_limit_breaks_the_association_and_the_next_is_taken(serve, kept):
    async with serve(instance_bytes=40_000) as port:
        (told,) = await asyncio.to_thread(stored, port, ct(PatientComments="x" * 50_000))
        assert "Status" not in told
        (told,) = await asyncio.to_thread(stored, port, ct())
        assert told.Status == 0x0000
        told = await asyncio.to_thread(stored, port, ct(), ct(), ct())
        assert [one.Status for one in told] == [0x0000] * 3
    assert len(kept.facts) == 4


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x16 half a client hello",
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x01\x00" + struct.pack(">L", 0xFFFFFFF0) + b"x" * 1000,
        b"\x01\x00\x00\x00\x00\x44\x00\x01",
        b"\x04\x00\x00\x00\x00\x01\x00",
    ],
)
async def test_a_rude_peer_is_hung_up_and_holds_nobody(serve, data, certified):
    async with serve(certified.server, handshake_s=0.5, associate_s=0.5, idle_s=1.0) as port:
        with socket.create_connection(("127.0.0.1", port)) as rude:
            rude.sendall(data)
            assert await asyncio.to_thread(stored, port) == 0x0000
            rude.settimeout(10)
            assert await asyncio.to_thread(hung_up, rude)


def hung_up(peer: socket.socket) -> bool:
    try:
        while peer.recv(65536):
            pass
    except ConnectionError:
        return True
    return True


async def test_over_the_number_of_associations_a_caller_is_rejected(serve):
    async with serve(associations=1) as port:
        entity = AE(ae_title="CT1")
        entity.add_requested_context(Verification)
        first = await asyncio.to_thread(entity.associate, "127.0.0.1", port, ae_title="YUANZHEN")
        assert first.is_established
        assert await asyncio.to_thread(stored, port) == "rejected"
        await asyncio.to_thread(first.release)


async def test_tls_and_plain_share_the_port(serve, kept, certified):
    async with serve(certified.server) as port:
        for tls in (certified.client, None):
            (told,) = await asyncio.to_thread(lambda context: stored(port, ct(), tls=context), tls)
            assert told.Status == 0x0000
    assert [secure for _, _, secure in kept.callers] == [True, False]


async def test_nothing_of_a_patient_is_printed(serve, capfd, caplog):
    async with serve() as port:
        await asyncio.to_thread(stored, port, ct(PatientName="王^小明", SpecificCharacterSet="GB18030"), calling="CT1")
    assert "小明" not in "".join(capfd.readouterr()) + caplog.text
    assert "CompressedSamples" not in caplog.text


@DCMTK
async def test_the_clients_of_dcmtk_are_served(serve, kept):
    files = [bundled(name) for name in ("CT_small.dcm", "MR_small.dcm", "MR_small_implicit.dcm")]
    environment = os.environ | {"TCP_NODELAY": "1"}
    async with serve() as port:
        for command in (
            ["echoscu", "-aec", "YUANZHEN", "127.0.0.1", str(port)],
            ["storescu", "-aec", "YUANZHEN", "127.0.0.1", str(port), *files],
        ):
            done = await asyncio.to_thread(
                subprocess.run, command, env=environment, capture_output=True, timeout=60, check=False
            )
            assert done.returncode == 0, done.stderr
    assert [fact.modality for fact in kept.facts] == ["CT", "MR", "MR"]
    assert kept.facts[0].sop_class == CTImageStorage
    assert kept.facts[1].sop_class == MRImageStorage
    assert kept.facts[2].transfer_syntax in (ImplicitVRLittleEndian, kept.facts[1].transfer_syntax)


@DCMTK
async def test_dcmtk_reads_what_was_kept(serve, kept, tmp_path):
    async with serve() as port:
        await asyncio.to_thread(stored, port, pydicom.dcmread(bundled("MR_small_jpeg_ls_lossless.dcm")))
    (tmp_path / "kept.dcm").write_bytes(kept.files[0])
    command = ["dcmftest", tmp_path / "kept.dcm"]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, check=True)
    assert done.stdout.startswith(b"yes")


class Certified:
    """A certificate authority of the test's own, and contexts for a server and a client that trust it."""

    def __init__(self, folder):
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
            .sign(key, hashes.SHA256())
        )
        public = certificate.public_bytes(serialization.Encoding.PEM)
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        (folder / "both.pem").write_bytes(private + public)
        (folder / "public.pem").write_bytes(public)
        self.server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.server.load_cert_chain(folder / "both.pem")
        self.client = ssl.create_default_context(cafile=folder / "public.pem")


@pytest.fixture(scope="module")
def certified(tmp_path_factory):
    return Certified(tmp_path_factory.mktemp("certificates"))
