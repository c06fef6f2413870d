"""One settings object from flags and environment; every fault is told at once."""

from pathlib import Path

import pytest

from yuanzhen.infrastructure import settings
from yuanzhen.infrastructure.errors import Invalid


def faults(environ: dict[str, str], flags: dict[str, str | None] | None = None) -> list[str]:
    with pytest.raises(Invalid) as refused:
        settings.read(environ, flags or {})
    assert refused.value.code == "settings.invalid"
    told = refused.value.facts["faults"]
    assert isinstance(told, list)
    return told


def test_an_empty_environment_gives_the_defaults_of_the_contract() -> None:
    told = settings.read({}, {})
    assert (told.port, told.https_port, told.dicom_port, told.mllp_port) == (8080, 8443, 11112, 2575)
    assert told.names == ("localhost",)
    assert told.trust_loopback is True
    assert told.database_url is None


def test_a_flag_goes_before_its_variable() -> None:
    assert settings.read({"YUANZHEN_PORT": "9000"}, {"port": "9001"}).port == 9001
    assert settings.read({"YUANZHEN_PORT": "9000"}, {"port": None}).port == 9000


def test_a_home_is_absolute_however_it_was_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert settings.read({}, {"home": "here/below"}).home == tmp_path / "here" / "below"


def test_a_home_in_whose_place_a_file_stands_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "a file stands in its place" in faults({"YUANZHEN_HOME": str(tmp_path / "file" / "home")})[0]


def test_a_home_that_cannot_be_written_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings.os, "access", lambda place, mode: False)  # root may write everywhere
    assert "not writable" in faults({"YUANZHEN_HOME": str(tmp_path)})[0]


@pytest.mark.parametrize("port", ["0", "65536", "-1", "http", "٨٠٨٠", "8080.0", ""])
def test_a_port_is_a_number_from_1_to_65535(port: str) -> None:
    (fault,) = faults({"YUANZHEN_PORT": port})
    assert fault.startswith("YUANZHEN_PORT")
    assert fault.endswith("wanted is 1 to 65535")


def test_two_parts_cannot_have_the_same_port() -> None:
    (fault,) = faults({"YUANZHEN_MLLP_PORT": "8080"})
    assert fault == "YUANZHEN_MLLP_PORT '8080': the same as YUANZHEN_PORT; wanted is a port of its own"


def test_a_misspelt_variable_is_named_with_the_one_that_was_meant() -> None:
    assert faults({"YUANZHEN_DICOMPORT": "104"}) == [
        "YUANZHEN_DICOMPORT: no such setting; is YUANZHEN_DICOM_PORT meant?"
    ]


def test_a_variable_of_a_part_that_does_not_run_yet_is_no_fault() -> None:
    settings.read({"YUANZHEN_MQTT_PORT": "1883"}, {})


@pytest.mark.parametrize("name", ["YUANZHEN_DATABASE_URL", "YUANZHEN_BLOBS_URL"])
@pytest.mark.parametrize(
    "url", ["mysql://u:hunter2@h/d", "hunter2", "postgresql://u:hunter2@h:99999/d", "s3:///hunter2"]
)
def test_a_bad_url_is_refused_without_repeating_it(name: str, url: str) -> None:
    (fault,) = faults({name: url})
    assert fault.startswith(name)
    assert "hunter2" not in fault


def test_a_settings_object_does_not_show_its_secrets() -> None:
    told = settings.read({"YUANZHEN_DATABASE_URL": "postgresql://u:hunter2@h:5432/d"}, {})
    assert told.database_url == "postgresql://u:hunter2@h:5432/d"
    assert "hunter2" not in repr(told)


def test_every_fault_is_told_at_once() -> None:
    told = faults(
        {
            "YUANZHEN_PORT": "x",
            "YUANZHEN_DICOM_PORT": "2575",
            "YUANZHEN_NAMES": "a b",
            "YUANZHEN_TRUST_LOOPBACK": "maybe",
            "YUANZHEN_IDLE": "5",
        },
        {"log_level": "loud"},
    )
    assert [fault.split(":")[0].split(" ")[0] for fault in told] == [
        "YUANZHEN_IDLE",
        "YUANZHEN_PORT",
        "YUANZHEN_NAMES",
        "YUANZHEN_LOG_LEVEL",
        "YUANZHEN_TRUST_LOOPBACK",
        "YUANZHEN_MLLP_PORT",
    ]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_handbook_has_a_row_for_every_setting(language: str) -> None:
    page = settings.describe(language)  # type: ignore[arg-type]
    assert all(f"`{row.name}`" in page for row in settings.TABLE)
    assert {row.field for row in settings.TABLE} == set(settings.Settings.__slots__)


@pytest.mark.parametrize(
    ("name", "text", "read"),
    [
        ("MEDIA_PORTS", "20000-20009", range(20000, 20010)),
        ("MEDIA_SERVERS", "3", 3),
        ("MEDIA_ADDRESS", "", None),
        ("MEDIA_ADDRESS", "203.0.113.7", "203.0.113.7"),
        ("MEDIA_INTERFACES", "eth0, 10.1.2.3", ("eth0", "10.1.2.3")),
        ("TURN_PORT", "0", None),
        ("TURN_PORT", "3479", 3479),
        ("TURN_PEERS", "10.2.0.0/16,10.3.0.1", ("10.2.0.0/16", "10.3.0.1/32")),
    ],
)
def test_what_media_are_told_is_read(name: str, text: str, read: object) -> None:
    assert getattr(settings.read({f"YUANZHEN_{name}": text}, {}), name.lower()) == read


def test_several_media_servers_want_ports_for_each() -> None:
    several = {"YUANZHEN_MEDIA_SERVERS": "3", "YUANZHEN_MEDIA_PORTS": "20000-20058"}
    (fault,) = faults(several)
    assert fault.startswith("YUANZHEN_MEDIA_PORTS: 59 ports are too few")
    assert settings.read(several | {"YUANZHEN_MEDIA_PORTS": "20000-20059"}, {}).media_servers == 3


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("MEDIA_PORTS", "20000"),
        ("MEDIA_PORTS", "20009-20000"),
        ("MEDIA_PORTS", "20000-99999"),
        ("MEDIA_SERVERS", "0"),
        ("MEDIA_ADDRESS", "hospital.example"),
        ("MEDIA_INTERFACES", 'eth0"; x'),
        ("TURN_PORT", "65536"),
        ("TURN_PEERS", "10.2.0.1/16"),
    ],
)
def test_what_media_cannot_be_told_is_refused(name: str, text: str) -> None:
    (fault,) = faults({f"YUANZHEN_{name}": text})
    assert fault.startswith(f"YUANZHEN_{name}")
