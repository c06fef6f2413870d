"""A database with a row in every table that the application's role may name, and a connection of that role's own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest

from tests.conftest import Home, Template
from tests.features.access.house import House
from tests.make.cases import ASKER, EXPERT, HIS, Ward, image
from yuanzhen.applications.consultation.events import ConsultationAsked
from yuanzhen.data.intake.events import StudyArriving
from yuanzhen.infrastructure.db.database import Database

FACTS = {ConsultationAsked.kind: ("nobody",), StudyArriving.kind: ("nobody",)}

# Identity and the chain, which no case fills: one row a table is enough to be stolen.
REST = """
INSERT INTO security.person VALUES ('p', 'p', 'P', 'quality', 'city', '', false, now());
INSERT INTO security.credential VALUES ('p', '$argon2id$', false, now());
INSERT INTO security.factor (id, person, kind, confirmed, secret, created) VALUES ('f', 'p', 'totp', true, 's', now());
INSERT INTO security.pending VALUES ('d', 'i', 'p', 0, now() + interval '1 hour');
INSERT INTO security.session VALUES ('s', 'd', 'p', 'csrf', now(), now(), now(), now() + interval '1 hour');
INSERT INTO security.challenge VALUES ('s', 'factor', 'c', now() + interval '1 hour');
INSERT INTO security.failures VALUES ('k', 1, now());
INSERT INTO security.recovery VALUES ('p', 'h', 0, now() + interval '1 hour');
INSERT INTO security.client VALUES ('c', 'c', 'd', 'system/*.*', 'city', false, now());
INSERT INTO security.token VALUES ('d', 'c', 'system/*.*', now() + interval '1 hour');
INSERT INTO security.guest VALUES ('g', 'r', 'l', 'p', now() + interval '1 hour', 's', 'c', now());
INSERT INTO security.peer (id, name, institution) VALUES ('h', 'h', 'liuhe');
INSERT INTO records.upload VALUES ('u', 'p', 'b', 'image/jpeg', 'n.jpg', 1, 'd');
INSERT INTO records.piece VALUES ('u', 0, 1, 'b2', 'p');
INSERT INTO records.apart VALUES ('a', now(), 'h', 'liuhe', 'r', 'p', '1', '1', '1', '{}', 'b', 'd', 1, 'waiting');
INSERT INTO intake.code_map (institution, name, code) VALUES ('liuhe', 'issuer', 'x');
INSERT INTO intake.outgoing (id, peer, institution, kind, about, control) VALUES ('o', 'h', 'liuhe', 'ADT', '{}', 'c');
INSERT INTO intake.contact VALUES ('hl7', 'h', '', 'liuhe', '10.0.0.1', now(), NULL, '', 0);
INSERT INTO security.approval VALUES ('a', 'opinion.amend', 'consultation/c', 'p', sha256(''), 'r', 'neurology',
  'chenyuan', now(), now() + interval '1 hour', 'waiting', '', NULL, '', '', '', '{chenyuan,neurology,approvals}');
INSERT INTO consultation.proposal SELECT 'a', consultation, 2, 'amendment', findings, conclusion, advice, 'r', '',
  signer, signed_at, key, signature FROM consultation.opinion;
INSERT INTO consultation.cosignature SELECT consultation, version, 'gaoming', signed_at, key, signature
  FROM consultation.opinion;
INSERT INTO consultation.opened SELECT consultation, version, 'xujing', 'asker', now() FROM consultation.opinion;
INSERT INTO consultation.printed SELECT sha256(''), 'c', consultation, version, now(), '' FROM consultation.opinion;
INSERT INTO consultation.critical SELECT consultation, version, 'w', signer, now() FROM consultation.opinion;
INSERT INTO consultation.critical_call (consultation, at, by, called, read_back, words)
  SELECT consultation, now(), 'xujing', 'x', false, '' FROM consultation.opinion;
INSERT INTO consultation.critical_alarm (consultation, institution, department, asker, signer, call_back, raised_at, at)
  SELECT consultation, 'liuhe', 'neurology', 'xujing', signer, '1', now(), now() FROM consultation.opinion;
INSERT INTO security.review (id, kind, patient, person, institution, source, reason, asked_by, asked_at)
  VALUES ('r', 'break-glass', 'p', 'wanglei', 'baishi', 's', 'r', 'wanglei', now());
INSERT INTO consultation.request VALUES ('xujing', 'p', '{}', now());
INSERT INTO matching.patient VALUES ('p', 1, 'liuhe', '', 'n', '', '', '{}', '{}', '{}', '{}', '{}');
INSERT INTO matching.pair (id, low, high, bits, verdict, reasons, state)
  VALUES ('m', 'a', 'b', 21, 'unsure', '[]', 'open');
INSERT INTO matching.merge (id, survivor, other, survivor_before, other_before) VALUES ('m', 'a', 'b', 1, 1);
INSERT INTO matching.moved (merge, kind, id) VALUES ('m', 'study', '1');
INSERT INTO security.presence VALUES ('p', 'here', now());
INSERT INTO ring.ring (id, source, department, question, urgency, place, call_back, state, started, alarm_at, audience)
  VALUES ('r', 'consultation/c', 'neurology', 'q', 'emergency', 'liuhe', '', 'ringing', now(), now(), '{rings}');
INSERT INTO reading.reading VALUES ('r', 'consultation/r', 'p', 'open', '{p}', '{p}');
INSERT INTO reading.lead VALUES ('r', 'p', 'x', now(), now(), NULL);
INSERT INTO reading.looked (reading, at, person) VALUES ('r', now(), 'p');
INSERT INTO reading.led (reading, at, person, study, series) VALUES ('r', now(), 'p', '1', '1');
INSERT INTO room.room VALUES ('r', 'consultation/r', 'p', '{p}', true, '', 0, NULL);
INSERT INTO room.member VALUES ('r', 'p', 'host', true, 'in', now(), now(), 't');
INSERT INTO room.recording (id, room, meeting, patient, state, agreed, by, begun, keep)
VALUES ('e', 'r', 'm', 'p', 'opened', '{"given_by": "patient", "how": "spoken"}', 'p', now(), '1 day');
INSERT INTO room.recording_track VALUES ('e', 1, 'p', '', 'video/webm', 'b', 1, 0, 1, '{}');
INSERT INTO room.line (room, at, what, person, by, reason) VALUES ('r', now(), 'room-joined', 'p', 'p', '');
INSERT INTO room.word (room, meeting, at, who, text) VALUES ('r', 'm', now(), 'p', 't');
INSERT INTO reading.mark VALUES ('r', 'm', 'key', '1', '1', '1', 1, '[]', '{}', '', 'p', now());
INSERT INTO consultation.message (consultation, at, who, text)
  SELECT id, now(), asker, 't' FROM consultation.case LIMIT 1;
INSERT INTO consultation.file
  SELECT 'f', id, asker, now(), 'n', 1, 'm', 0, 'coming', '', '', '', '' FROM consultation.case LIMIT 1;
INSERT INTO consultation.board_update (consultation, kind, who, at, content)
  SELECT id, 'board', asker, now(), decode('0000', 'hex') FROM consultation.case LIMIT 1;
INSERT INTO ring.call VALUES ('r', 0, 'p', 1, now(), '');
INSERT INTO records.amount SELECT key, 1, 0, 1, 1, '', '', '' FROM records.resource WHERE type = 'Patient' LIMIT 1;
INSERT INTO referral.referral (id, state, patient, shown, direction, kind, urgency, reason, plan, agreed, why_unable,
  documents, source, sender, house, institution, department, created, since, audience)
  VALUES ('r', 'sent', 'p', '{}', 'up', 'admission', 'urgent', 'r', '', 'patient', '', '{}', '', 'xujing', 'liuhe',
  'city', 'neurology', now(), now(), '{xujing,house:liuhe}');
INSERT INTO referral.step (referral, at, who, what, words, documents) VALUES ('r', now(), 'xujing', 'begun', '', '{}');
INSERT INTO calendar.shift VALUES ('h', 'chenyuan', 'neurology', 'city', 1, '2036-03-01', '2036-03-02', 'm', now());
INSERT INTO calendar.absence VALUES ('a', 'chenyuan', 'city', 'out', '2036-03-01', '2036-03-02', 'm', now());
INSERT INTO calendar.slot VALUES ('s', 'chenyuan', 'city', '2036-03-03', '2036-03-04', false, 'm', now());
INSERT INTO calendar.booking (id, source, slot, expert, house, institution, booked_by, booked, audience)
  VALUES ('b', 'consultation/x', 's', 'chenyuan', 'city', 'liuhe', 'xujing', now(), '{xujing,house:liuhe}');
INSERT INTO calendar.roster VALUES ('r', 'neurology', 'city', '{}', 'm', now());
INSERT INTO calendar.swap VALUES ('w', 'h', '', 'chenyuan', 'gaoming', 'neurology', 'city', 'asked', now(), now());
INSERT INTO calendar.resource VALUES ('ct', 'city', 'neurology', 'ct', 'CT 1', 'm', now());
INSERT INTO calendar.waiting VALUES ('w', 'referral/x', 'chenyuan', 'liuhe', 'xujing', 'routine', 0, now(), '', NULL,
  '{}', '{xujing,house:liuhe}');
INSERT INTO calendar.feed VALUES ('chenyuan', sha256(''), now());
INSERT INTO calendar.own VALUES ('city', 'http://127.0.0.1:1', 'o', now());
INSERT INTO records.label (key, code, person, why)
  SELECT key, 'R', 'p', 'w' FROM records.resource WHERE type = 'Patient' LIMIT 1;
INSERT INTO security.trail_leaf VALUES (0, 1, sha256(''));
INSERT INTO security.trail_head VALUES (1, sha256(''), now(), 'k', 's');
"""


@pytest.fixture(scope="module")
async def home(database_template: Template) -> AsyncIterator[Home]:
    """One database for all tests of a module: an attack that succeeds would be seen by the next."""
    async with database_template.clone() as home:
        yield home


@pytest.fixture(scope="module")
async def db(home: Home) -> AsyncIterator[Database]:
    db = await home.open(FACTS)
    yield db
    await db.close()


@pytest.fixture(scope="module")
async def ward(db: Database, home: Home, tmp_path_factory: pytest.TempPathFactory) -> Ward:
    """One patient with an image, a signed case, one that is being written on, and one that rings; no table is empty."""
    ward = await Ward.of(db, tmp_path_factory.mktemp("objects"))
    await ward.study()
    await ward.sends(HIS, image("2.25.4711.7", PatientSex="M"))  # kept apart
    await ward.act(EXPERT, "rate", await ward.signed())
    await ward.write(EXPERT, await ward.accepted())
    await ward.ask(by=ASKER)
    await home.run(REST)
    return ward


@pytest.fixture
async def raw(ward: Ward, home: Home) -> AsyncIterator[asyncpg.Connection]:
    """Straight at the database as `yuanzhen database-url` tells it: the application's role without the application."""
    connection = await asyncpg.connect(home.dsn)
    yield connection
    await connection.close()


@pytest.fixture(scope="package")
async def house(database_template: Template, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """The product's doors over a ward, with everybody of the matrix logged in."""
    async with House.standing(database_template, tmp_path_factory.mktemp("house")) as house:
        yield house
