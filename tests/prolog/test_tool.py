#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""efa-layout: exit statuses, text and documents."""

from __future__ import annotations

import http.server
import json
import re
import threading
import unittest

from kit import TOP, Node, main, runner

UNREACHABLE = "fail transfer 113 4103 unreachable remote"


class Check(unittest.TestCase):
    def test_exit_statuses(self) -> None:
        for damage, probe, extra, rc, line in (
            ([], {}, [], 0, "healthy: layout efa-only, 4 of 4 rails pass"),
            ([], {}, ["--layout", "efa-only"], 0, "healthy: "),
            ([], {}, ["--layout", "all-efa"], 1, "refused: E150 "),
            (["--extra-ena", "1", "--extra-ena", "2"], {}, [], 1, "degraded: W102 "),
            ([], {"others": UNREACHABLE}, [], 1, "fabric: E250 "),
            (["--unbound", "1"], {}, [], 2, "faulty: E201 "),
            ([], {"mode": "crash"}, [], 3, "unknown: E303 "),
            ([], {"mode": "crash"}, ["--no-probe"], 0, "healthy: "),
            ([], {}, ["--layout", "no such"], 3, ""),
            ([], {}, ["--layout", "none"], 3, ""),
            ([], {}, ["--layout", "help"], 3, ""),
            ([], {}, ["--bogus"], 3, ""),
            ([], {}, ["argument"], 3, ""),
        ):
            with self.subTest(line=line, extra=extra):
                with Node("p4d.24xlarge", "efa-only", *damage) as node:
                    node.probe(**probe)
                    run = node.tool("check", *extra)
                    self.assertEqual(run.rc, rc, run)
                    self.assertTrue(run.out.startswith(line), run.out)
                    self.assertIsNone(node.map(), "a check keeps no result")
                    self.assertEqual(node.controller_calls(), [])

    def test_settings_that_cannot_be_used(self) -> None:
        with Node("p4d.24xlarge", "efa-only") as node:
            (node.site / "policy.json").write_text("{")
            run = node.tool("check")
            self.assertEqual(run.rc, 3)
            self.assertIn("unknown: E304", run.out)
            run = node.tool("check", "--json")
            self.assertEqual(json.loads(run.out)["findings"][0]["code"], "E304")

    def test_findings_say_what_to_do(self) -> None:
        with Node("p4d.24xlarge", "efa-only", "--unbound", "1") as node:
            out = node.tool("check").out
            self.assertIn("E201 error (node): rail ", out)
            self.assertIn("remedy    load the efa driver", out)

    def test_document(self) -> None:
        with Node("p4d.24xlarge", "efa-only") as node:
            rail = node.rails()[2]
            node.probe(rails={rail: UNREACHABLE})
            run = node.tool("check", "--json", "--layout", "efa-only")
            found = json.loads(run.out)
            self.assertEqual((run.rc, found["exit_status"]), (2, 2))
            self.assertEqual(
                list(found),
                ["outcome", "exit_status", "sentence", "asked", "node", "layouts", "declared",
                 "basis", "cards", "rails_want", "rails_pass", "findings", "findings_dropped", "probe"],
            )  # fmt: skip
            self.assertEqual(found["outcome"], "faulty")
            self.assertEqual(found["asked"], "efa-only")
            self.assertEqual(found["layouts"], ["efa-only"])
            self.assertEqual((found["rails_want"], found["rails_pass"]), (4, 3))
            self.assertEqual(found["findings"][0]["code"], "E208")
            self.assertEqual(found["findings"][0]["owner"], "node")
            tested = {one["rdma_name"]: one for one in found["probe"]["rails"]}
            self.assertEqual(tested[rail]["state"], "fail")
            self.assertEqual(tested[rail]["fi_error"], 113)
            self.assertEqual(tested[rail]["prov_error"], 4103)
            self.assertEqual(sum(one["state"] == "pass" for one in tested.values()), 3)


class Show(unittest.TestCase):
    def test_table(self) -> None:
        with Node("p5.48xlarge", "efa-only", "--missing", "3") as node:
            run = node.tool("show")
            self.assertEqual(run.rc, 0, run)
            rows = [line.split() for line in run.out.splitlines()]
            self.assertIn("p5.48xlarge", run.out)
            rows_of_cards = [row[1:] for row in rows if len(row) == 12 and row[1].isdigit()]
            kinds = [row[2] for row in rows_of_cards]
            self.assertEqual(kinds.count("efa"), 1)
            self.assertEqual(kinds.count("efa-only"), 30)
            self.assertEqual(kinds.count("invisible"), 1)
            cards = [int(row[0]) for row in rows_of_cards]
            self.assertEqual(cards, list(range(32)))
            self.assertEqual(sum(len(row) == 4 and row[1] == "nvidia" for row in rows), 8)
            self.assertEqual(node.probe_calls(), [], "nothing is tested")

    def test_document(self) -> None:
        with Node("p4d.24xlarge", "ena-primary", "--no-rdma", "1") as node:
            found = node.show()
            self.assertEqual(
                list(found),
                ["node", "origins", "layouts", "declared", "basis", "cards", "rails", "enas", "enis",
                 "accelerators", "foreign", "empty_ports", "numa", "groups"],
            )  # fmt: skip
            self.assertEqual(found["node"]["instance_type"], "p4d.24xlarge")
            self.assertEqual(found["layouts"], ["ena-primary"])
            stages = [rail["stage"] for rail in found["rails"]]
            self.assertEqual(sorted(stages), ["no-rdma-device"] + ["usable"] * 3)
            self.assertEqual({rail["kind"] for rail in found["rails"]}, {"efa-only"})
            (ena,) = found["enas"]
            self.assertTrue(ena["primary"])
            self.assertIsNone(ena["rail"])
            self.assertEqual(len(found["accelerators"]), 8)

    def test_without_facts_and_settings(self) -> None:
        with Node("p4d.24xlarge", "efa-only", "--no-facts") as node:
            (node.site / "policy.json").write_text("{")
            run = node.tool("show")
            self.assertEqual(run.rc, 0, run)
            self.assertIn("not compared: ", run.out)
            self.assertIn("cards are not known", run.out)

    def test_unreadable_tree(self) -> None:
        with Node("p4d.24xlarge", "efa-only") as node:
            (node.root / "proc/sys/kernel/random/boot_id").write_text("x\n")
            self.assertEqual(node.tool("show").rc, 1)


class Layouts(unittest.TestCase):
    def test_site_s_own_are_among_them(self) -> None:
        with Node("p4d.24xlarge", "efa-only") as node:
            own = {"name": "ours", "summary": "as we like it",
                   "cards": [{"cards": "all", "efa": True, "ena": True}]}  # fmt: skip
            (node.site / "layouts.json").write_text(json.dumps({"layouts": [own]}))
            run = node.tool("layouts")
            self.assertEqual(run.rc, 0, run)
            self.assertRegex(run.out, "(?m)^ours +as we like it$")
            names = [one["name"] for one in json.loads(node.tool("layouts", "--json").out)["layouts"]]
            self.assertIn("efa-only", names)
            self.assertIn("ours", names)

    def test_failure(self) -> None:
        with Node("p4d.24xlarge", "efa-only") as node:
            (node.data / "layouts.json").unlink()
            self.assertEqual(node.tool("layouts").rc, 1)


class ListChecks(unittest.TestCase):
    def test_refusals(self) -> None:
        for words, hint in ((["E999X"], "there is no code"), (["E10"], "did you mean E10"),
                            (["E101", "E102"], "--help"), (["--nonsense"], "--help")):  # fmt: skip
            run = runner.run([runner.TOOL, "list-checks", *words], {})
            self.assertEqual(run.rc, 3, run)
            self.assertIn(hint, run.err)

    def test_every_code_is_there(self) -> None:
        code = (TOP / "lib" / "finding.c").read_text()
        known = re.findall(r'\{"([EWI]\d+)",', code)
        self.assertGreater(len(known), 40)
        rows = runner.run([runner.TOOL, "list-checks"], {}).out.splitlines()
        self.assertEqual([row.split()[0] for row in rows], ["CODE", *known])
        document = json.loads(runner.run([runner.TOOL, "list-checks", "--json"], {}).out)
        self.assertEqual([one["code"] for one in document["checks"]], known)
        self.assertTrue(all(one["remedy"] and one["title"] for one in document["checks"]))

    def test_one_code(self) -> None:
        out = runner.run([runner.TOOL, "list-checks", "E250"], {}).out
        self.assertIn("owner     fabric", out)
        self.assertIn("security group", out)
        document = json.loads(runner.run([runner.TOOL, "list-checks", "E250", "--json"], {}).out)
        self.assertEqual([one["owner"] for one in document["checks"]], ["fabric"])


MAC = "06:4e:fa:00:00:01"
METADATA = {
    "meta-data/instance-type": "c5n.18xlarge",
    "meta-data/instance-id": "i-0123456789abcdef0",
    "meta-data/mac": MAC,
    "meta-data/network/interfaces/macs": f"{MAC}/",
    "meta-data/network/interfaces/macs/": f"{MAC}/",
    f"meta-data/network/interfaces/macs/{MAC}/device-number": "0",
    f"meta-data/network/interfaces/macs/{MAC}/interface-id": "eni-0123456789abcdef0",
    f"meta-data/network/interfaces/macs/{MAC}/local-ipv4s": "10.0.0.5",
}


class Metadata(http.server.BaseHTTPRequestHandler):
    """IMDSv2 with one interface."""

    def do_PUT(self) -> None:
        self.answer(200 if self.path == "/latest/api/token" else 404, "token")

    def do_GET(self) -> None:
        if self.headers.get("X-aws-ec2-metadata-token") != "token":
            self.answer(401, "")
            return
        value = METADATA.get(self.path.removeprefix("/latest/"))
        self.answer(404 if value is None else 200, value or "")

    def answer(self, status: int, text: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format: str, *args: object) -> None:
        pass


class Facts(unittest.TestCase):
    def setUp(self) -> None:
        self.node = Node("c5n.18xlarge", "all-efa", "--no-facts")
        self.addCleanup(self.node.__exit__, None, None, None)
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Metadata)
        self.endpoint = f"http://127.0.0.1:{self.server.server_port}"
        thread = threading.Thread(target=self.server.serve_forever)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)

    def test_print(self) -> None:
        run = self.node.tool("facts", "--endpoint", self.endpoint)
        self.assertEqual(run.rc, 0, run)
        self.assertIn(MAC, run.out)
        self.assertIn("eni-0123456789abcdef0", run.out)
        self.assertFalse((self.node.run_dir / "enis.json").exists())

    def test_write(self) -> None:
        run = self.node.tool("facts", "--write", "--endpoint", self.endpoint)
        self.assertEqual(run.rc, 0, run)
        path = self.node.run_dir / "enis.json"
        self.assertEqual(path.stat().st_mode & 0o777, 0o644)
        written = json.loads(path.read_text())
        boot_id = (self.node.root / "proc/sys/kernel/random/boot_id").read_text().strip()
        self.assertEqual(written["boot_id"], boot_id)
        self.assertEqual([one["mac"] for one in written["interfaces"]], [MAC])
        self.assertTrue(self.node.show()["node"]["facts_known"])

    def test_nobody_answers(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        run = self.node.tool("facts", "--write", "--endpoint", self.endpoint)
        self.assertEqual(run.rc, 1, run)
        self.assertIn("error: ", run.err)
        self.assertFalse((self.node.run_dir / "enis.json").exists())

    def test_usage(self) -> None:
        self.assertEqual(self.node.tool("facts", "--nonsense").rc, 3)
        self.assertEqual(self.node.tool("bogus").rc, 3)


if __name__ == "__main__":
    main()
