#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""From what is wrong to exit status, action and words: every row of the gate's table."""

from __future__ import annotations

import unittest

from kit import Node, Run, main, runner

FAULT = [
    "helper", "drain", "--node", "node-1", "--job", "4711", "--cluster-nodes", "0", "--cluster-percent", "100",
    "--partition-nodes", "0", "--partition-percent", "50", "--reason",
]  # fmt: skip
REFUSE = ["helper", "refuse", "--job", "4711", "--code", "78", "--text"]
NO_SUCH_DEVICE = "fail open 2 0 no RDMA device of this name"
UNREACHABLE = "fail transfer 113 4103 unreachable remote"


class Gate(unittest.TestCase):
    def assert_drained(self, node: Node, run: Run, *words: str) -> str:
        """Exit status 1, one request to the controller, and a reason with these words."""
        self.assertEqual(run.rc, 1, run)
        calls = node.controller_calls()
        self.assertEqual([call[:-1] for call in calls], [FAULT], run)
        reason = calls[0][-1]
        self.assertTrue(reason.startswith("efa-layout: "), reason)
        for word in words:
            self.assertIn(word, reason)
        self.assertIn("node drained", run.err)
        return reason

    def assert_refused(self, node: Node, run: Run, *words: str) -> None:
        """Exit status 0 (the node stays), and the job ended with a text that has these words."""
        self.assertEqual(run.rc, 0, run)
        calls = node.controller_calls()
        self.assertEqual([call[:-1] for call in calls], [REFUSE], run)
        for word in words:
            self.assertIn(word, calls[0][-1])
        self.assertIn("job refused", run.err)

    def assert_allowed(self, node: Node, run: Run, *words: str) -> None:
        self.assertEqual(run.rc, 0, run)
        self.assertEqual(node.controller_calls(), [], run)
        for word in words:
            self.assertIn(word, run.err)


class NodeAtFault(Gate):
    def test_devices_that_are_not_usable(self) -> None:
        damages = {
            "--unbound": "E201",
            "--no-rdma": "E202",
            "--no-uverbs": "E203",
            "--no-devnode": "E203",
            "--missing": "E106",
        }
        for damage, code in damages.items():
            with self.subTest(damage), Node("p4d.24xlarge", "efa-only", damage, "2") as node:
                self.assert_drained(node, node.gate(), code)
                saved = node.map()
                assert saved is not None
                self.assertEqual(saved["outcome"], "faulty")

    def test_missing_function_without_facts(self) -> None:
        with Node("p4d.24xlarge", "efa-only", "--missing", "2", "--no-facts") as node:
            self.assert_drained(node, node.gate(), "E107")

    def test_rail_that_fails_its_test(self) -> None:
        results = {
            UNREACHABLE: "E208",
            "hung open 0 0": "E204",
            "hung transfer 0 0": "E209",
            "crashed transfer 0 0": "E212",
            "fail contents 0 0": "E210",
            "fail counters 0 0": "E211",
        }
        with Node("p4d.24xlarge", "efa-only") as node:
            rail = node.rails()[1]
        for result, code in results.items():
            with self.subTest(result), Node("p4d.24xlarge", "efa-only") as node:
                node.probe(rails={rail: result})
                run = node.gate()
                self.assert_drained(node, run, code, f"rail {rail}", "3 of 4 rails pass")

    def test_rail_that_fails_under_its_new_name_too(self) -> None:
        with Node("p4d.24xlarge", "efa-only") as node:
            rail = node.rails()[1]
            node.probe(rails={rail: NO_SUCH_DEVICE, "efa_1": UNREACHABLE}, renames={rail: "efa_1"})
            self.assert_drained(node, node.gate(), "E208", "rail efa_1", "3 of 4 rails pass")
            self.assertEqual(len(node.probe_calls()), 2)

    def test_rail_that_goes_away_during_the_test(self) -> None:
        with Node("p4d.24xlarge", "efa-only") as node:
            rails = node.rails()
            node.probe(rails={rails[2]: NO_SUCH_DEVICE, rails[3]: UNREACHABLE}, removes=[rails[2]])
            run = node.gate()
            self.assert_drained(node, run, "E106", f"rail {rails[2]}", "2 of 4 rails pass", "and 1 more")
            self.assertEqual(len(node.probe_calls()), 1)
            saved = node.map()
            assert saved is not None
            self.assertEqual({r["name"]: r["pass"] for r in saved["rails"]},
                             {rails[0]: True, rails[1]: True, rails[3]: False})

    def test_rail_that_fails_is_not_tested_again_without_a_reason(self) -> None:
        with Node("p4d.24xlarge", "efa-only") as node:
            rails = node.rails()
            node.probe(rails={rails[1]: UNREACHABLE})
            self.assert_drained(node, node.gate(), "E208", f"rail {rails[1]}")
            self.assertEqual(len(node.probe_calls()), 1)

    def test_of_32_rails_only_the_dead_one_is_named(self) -> None:
        with Node("p5.48xlarge", "efa-only") as node:
            rails = node.rails()
            node.probe(rails={rails[17]: UNREACHABLE})
            reason = self.assert_drained(node, node.gate(), rails[17], "31 of 32")
            for other in rails:
                if other != rails[17]:
                    self.assertNotIn(f"{other} ", reason + " ")

    def test_beats_what_the_job_asks(self) -> None:
        with Node("p4d.24xlarge", "efa-only") as node:
            node.probe(rails={node.rails()[0]: UNREACHABLE})
            self.assert_drained(node, node.gate(request="v1;layout=all-efa"), "E208")

    def test_declared_layout_that_the_node_has_not(self) -> None:
        with Node("p4d.24xlarge", "all-efa") as node:
            node.policy(layout={"declared": "efa-only"})
            self.assert_drained(node, node.gate(), "E114")

    def test_settings_decide_what_is_done(self) -> None:
        for action in ("allow", "warn", "refuse", "drain"):
            with self.subTest(action), Node("p4d.24xlarge", "efa-only") as node:
                node.policy(action={"faulty": action})
                node.probe(rails={node.rails()[0]: UNREACHABLE})
                run = node.gate()
                if action == "drain":
                    self.assert_drained(node, run, "E208")
                elif action == "refuse":
                    self.assert_refused(node, run, "E208")
                else:
                    self.assert_allowed(node, run, "faulty: E208")

    def test_controller_gets_slurm_conf_and_nothing_else_of_ours(self) -> None:
        with Node("p4d.24xlarge", "efa-only", "--unbound", "1") as node:
            node.gate(env={"LD_PRELOAD": "/nowhere.so", "SPANK_EVIL": "1"})
            (record,) = node.controller_records()
            self.assertEqual(record["env"].pop("SLURM_CONF"), "/etc/slurm/elsewhere.conf")
            self.assertEqual(record["env"].pop("PATH"), "/usr/bin:/bin")
            record["env"].pop("LC_CTYPE", None)  # Python's own
            self.assertEqual(record["env"], {})


class Fabric(Gate):
    def test_all_rails_alike(self) -> None:
        for action in ("drain", "refuse", "warn"):
            with self.subTest(action), Node("p4d.24xlarge", "efa-only") as node:
                node.policy(action={"fabric": action})
                node.probe(others=UNREACHABLE)
                run = node.gate()
                if action == "drain":
                    self.assert_drained(node, run, "E250", "security group")
                elif action == "refuse":
                    self.assert_refused(node, run, "E250", "security group")
                else:
                    self.assert_allowed(node, run, "fabric: E250")


class Refused(Gate):
    def test_another_layout(self) -> None:
        with Node("p4d.24xlarge", "efa-only") as node:
            run = node.gate(request="v1;layout=all-efa")
            self.assert_refused(node, run, "E150", "all-efa", "this node has layout efa-only")
            saved = node.map()
            assert saved is not None
            self.assertEqual(saved["outcome"], "healthy", "the map speaks of the node alone")

    def test_layout_that_does_not_exist(self) -> None:
        with Node("p4d.24xlarge", "efa-only") as node:
            run = node.gate(request="v1;layout=efa-onyl")
            self.assert_refused(node, run, "E151", "did you mean efa-only?")

    def test_layout_that_the_type_cannot_have(self) -> None:
        with Node("p6-b300.48xlarge", "ena-primary-only") as node:
            self.assert_refused(node, node.gate(request="v1;layout=all-efa"), "E151")

    def test_default_of_the_site(self) -> None:
        with Node("p4d.24xlarge", "efa-only") as node:
            node.policy(layout={"default": "all-efa"})
            self.assert_refused(node, node.gate(), "E150", "the site's default layout all-efa")

    def test_none_where_it_is_not_allowed(self) -> None:
        with Node("p4d.24xlarge", "efa-only") as node:
            node.policy(layout={"allow_none": False})
            self.assert_refused(node, node.gate(request="v1;layout=none"), "E152")


class Allowed(Gate):
    def test_rail_that_udev_renames_during_the_test(self) -> None:
        with Node("p4d.24xlarge", "efa-only") as node:
            rail = node.rails()[1]
            node.probe(rails={rail: NO_SUCH_DEVICE}, renames={rail: "efa_1"})
            self.assert_allowed(node, node.gate(), "4 of 4 rails pass", "testing again")
            names = [call["argv"][call["argv"].index("--") + 1 :] for call in node.probe_calls()]
            self.assertEqual([rail in names[0], "efa_1" in names[1], len(names)], [True, True, 2])
            saved = node.map()
            assert saved is not None
            self.assertIn("efa_1", [r["name"] for r in saved["rails"]])

    def test_healthy(self) -> None:
        for kind, layout, rails in (
            ("p4d.24xlarge", "efa-only", 4),
            ("p5.48xlarge", "efa-only", 32),
            ("p5.48xlarge", "all-efa", 32),
            ("p5.48xlarge", "ena-primary", 32),
            ("p6-b300.48xlarge", "ena-primary-only", 16),
        ):
            with self.subTest(kind=kind, layout=layout), Node(kind, layout) as node:
                run = node.gate(request=f"v1;layout={layout}")
                self.assert_allowed(node, run, f"layout {layout}, {rails} of {rails} rails pass")
                saved = node.map()
                assert saved is not None
                self.assertEqual(saved["outcome"], "healthy")

    def test_node_without_efa(self) -> None:
        with Node("c6i.4xlarge", "none") as node:
            self.assert_allowed(node, node.gate(), "healthy")
            self.assertEqual(node.probe_calls(), [])

    def test_none(self) -> None:
        with Node("p4d.24xlarge", "efa-only", "--unbound", "0") as node:
            run = node.gate(request="v1;layout=none")
            self.assert_allowed(node, run, "not checked")
            self.assertEqual(node.probe_calls(), [])

    def test_none_by_the_site_s_default(self) -> None:
        with Node("p4d.24xlarge", "efa-only") as node:
            node.policy(layout={"default": "none"})
            self.assert_allowed(node, node.gate(), "not checked")
            self.assert_allowed(node, node.gate(request="v1;layout=any"), "4 of 4 rails pass")

    def test_degraded(self) -> None:
        with Node("p4d.24xlarge", "efa-only", "--extra-ena", "1", "--extra-ena", "2") as node:
            self.assert_allowed(node, node.gate(), "warning", "degraded: W102")

    def test_probe_that_cannot_run(self) -> None:
        for mode, code in (
            ("crash", "E303"),
            ("garbage", "E303"),
            ("loader", "E301"),
            ("outcome no-provider none here", "E302"),
        ):
            with self.subTest(mode), Node("p4d.24xlarge", "efa-only") as node:
                node.probe(mode=mode, others="not-tested open 0 0")
                self.assert_allowed(node, node.gate(), "unknown", code)

    def test_no_probe_installed(self) -> None:
        with Node("p4d.24xlarge", "efa-only") as node:
            run = node.gate("--probe", node.path / "absent")
            self.assert_allowed(node, run, "unknown", "E301")

    def test_unknown_refuses_where_the_site_wants_it(self) -> None:
        with Node("p4d.24xlarge", "efa-only") as node:
            node.policy(action={"unknown": "refuse"})
            node.probe(mode="crash")
            self.assert_refused(node, node.gate(), "E303")

    def test_replayed_node_without_a_probe_is_not_tested(self) -> None:
        with Node("p4d.24xlarge", "efa-only") as node:
            argv = node.gate_argv()
            at = argv.index("--probe")
            del argv[at : at + 2]
            run = runner.run(argv, node.environment(None, None, 4711))
            self.assert_allowed(node, run, "rails not tested")


class DryRun(Gate):
    def test_says_and_does_nothing(self) -> None:
        with Node("p4d.24xlarge", "efa-only", "--unbound", "1") as node:
            run = node.gate("--dry-run")
            self.assertEqual(run.rc, 1)
            self.assertIn('would drain node node-1 with reason "efa-layout: E201', run.out)
            self.assertEqual(node.controller_calls(), [])
            self.assertIsNone(node.map())

    def test_refusal(self) -> None:
        with Node("p4d.24xlarge", "efa-only") as node:
            run = node.gate("--dry-run", request="v1;layout=all-efa")
            self.assertEqual(run.rc, 0)
            self.assertIn("would end job 4711 with exit code 78", run.out)
            self.assertEqual(node.controller_calls(), [])

    def test_outside_a_job(self) -> None:
        with Node("p4d.24xlarge", "efa-only") as node:
            run = node.gate("--dry-run", env={"SLURM_JOB_ID": None, "SLURM_SCRIPT_CONTEXT": None})
            self.assertEqual(run.rc, 0)
            self.assertIn("would let the job run", run.out)


if __name__ == "__main__":
    main()
