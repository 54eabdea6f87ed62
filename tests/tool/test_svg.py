#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""efa-layout show --svg: what is in the picture, where it stands, and what a renderer makes of it.

With --write FILE as its arguments it draws the README's example anew.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import unittest
from pathlib import Path
from typing import Any

from picture import RENDERER, SVG, Box, Picture, box_of, render
from shown import TOP, Node, main, runner, show

sys.path.insert(0, str(TOP / "tests" / "nodes"))

from nodelib.tables import TYPES  # noqa: E402

EXAMPLE = TOP / "prolog" / "tool" / "show.svg"

# Type, layout, damage: what differs in a picture.
NODES = (
    ("p5.48xlarge", "efa-only", ["--missing", "3"]),
    ("p5.48xlarge", "all-efa", ["--unbound", "5", "--no-rdma", "6", "--no-uverbs", "31"]),
    ("p5.48xlarge", "efa-every-4th", ["--no-facts", "--missing", "9"]),
    ("p5.48xlarge", "efa-only", ["--missing", "0", "--missing", "1", "--missing", "30"]),
    ("p5en.48xlarge", "all-efa", ["--detached", "9", "--swap", "0", "1"]),
    ("p6-b300.48xlarge", "ena-primary-only", []),
    ("p6-b300.48xlarge", "ena-primary-only", ["--no-gid", "3", "--missing", "7"]),
    ("p4d.24xlarge", "ena-primary", ["--no-gid", "2"]),
    ("p4d.24xlarge", "all-efa", ["--no-ena", "2"]),
    ("p4d.24xlarge", "efa-only", ["--extra-ena", "1"]),
    ("c5n.18xlarge", "all-efa", []),
    ("c5n.18xlarge", "ena-primary", ["--no-facts"]),
    ("c6i.4xlarge", "none", []),
)


def picture_of(node: Node) -> Picture:
    run = show(node, "--svg", "-")
    assert run.rc == 0, run
    return Picture(run.out)


class Structure(unittest.TestCase):
    """Of each node, the picture against the document of the same node."""

    def test_nodes(self) -> None:
        for kind, layout, damage in NODES:
            with self.subTest(kind=kind, layout=layout, damage=damage):
                with Node(kind, layout, *damage) as node:
                    self.check(picture_of(node), node.show())

    def test_every_type(self) -> None:
        """The first layout of these that a type can have."""
        for kind in sorted(TYPES):
            for layout in ("all-efa", "ena-primary-only", "none"):
                try:
                    node = Node(kind, layout)
                except subprocess.CalledProcessError:
                    continue
                with self.subTest(kind=kind, layout=layout), node:
                    self.check(picture_of(node), node.show())
                break
            else:
                self.fail(f"{kind} has none of the layouts")

    def test_a_device_of_software(self) -> None:
        with Node("c5n.18xlarge", "all-efa") as node:
            device = node.root / "sys/devices/virtual/infiniband/rxe<0>"
            (device / "ports/1/gids").mkdir(parents=True)
            (device / "ports/1/gids/0").write_text("fe80:0000:0000:0000:a088:c203:00ab:cdef\n")
            (node.root / "sys/class/infiniband" / device.name).symlink_to(f"../../devices/virtual/infiniband/{device.name}")
            found = node.show()
            self.assertEqual(len(found["foreign"]), 1)
            self.check(picture_of(node), found)

    def test_a_node_that_nobody_described(self) -> None:
        with Node("p4d.24xlarge", "efa-only", "--no-facts") as node:
            (node.root / "sys/class/dmi/id/product_name").write_text("x9.metal\n")
            picture, found = picture_of(node), node.show()
            self.check(picture, found)
            self.assertIn("x9.metal", picture.text)
            self.assertEqual(picture.groups("card"), [])

    def test_a_saved_topology(self) -> None:
        with Node("p5.48xlarge", "all-efa") as node:
            export = node.path / "topology.xml"
            node.make("p5.48xlarge", "all-efa", "--topology", str(export))
            argv = [runner.TOOL, "show", "--topology", export, "--data-dir", node.data, "--site-dir", node.site]
            found = json.loads(runner.run([*argv, "--json"], {}).out)
            picture = Picture(runner.run([*argv, "--svg", "-"], {}).out)
            self.assertEqual(len(found["rails"]), 32)
            self.check(picture, found)
            self.assertEqual({g.get("data-state") for g in picture.tiles("efa")}, {"listed"})
            # Functions of unknown interface share columns: no row of empty places.
            self.assertEqual([rect for rect in picture.root.iter(f"{SVG}rect") if rect.get("class") == "none"], [])

    def test_settings_that_cannot_be_used(self) -> None:
        with Node("p4d.24xlarge", "efa-only") as node:
            (node.site / "policy.json").write_text("{")
            picture = picture_of(node)
            self.check(picture, node.show())
            self.assertIn("not compared", picture.text)
            self.assertEqual({card.get("data-want-efa") for card in picture.groups("card")}, {"unknown"})

    def test_a_tree_without_anything(self) -> None:
        with Node("c6i.4xlarge", "none") as node:
            shutil.rmtree(node.root)
            (node.root / "sys/bus/pci/devices").mkdir(parents=True)
            picture = picture_of(node)
            self.check(picture, node.show())
            self.assertEqual(picture.groups("tile"), [])

    def check(self, picture: Picture, found: dict[str, Any]) -> None:
        self.check_document(picture)
        self.check_rails(picture, found)
        self.check_enas(picture, found)
        self.check_others(picture, found)
        self.check_places(picture, found)
        self.check_cards(picture, found)
        self.check_boxes(picture)
        self.check_texts(picture)

    def check_document(self, picture: Picture) -> None:
        root = picture.root
        self.assertEqual(root.tag, f"{SVG}svg")
        self.assertEqual(root.get("viewBox"), f"0 0 {root.get('width')} {root.get('height')}")
        self.assertEqual(root.get("role"), "img")
        names = [element.get("id") for element in root.iter() if element.get("id")]
        self.assertEqual(len(names), len(set(names)))
        for name in (root.get("aria-labelledby") or "").split():
            self.assertIn(name, names)
        for name in re.findall(r"url\(#([^)]*)\)", picture.text):
            self.assertIn(name, names)
        # Nothing from elsewhere, nothing that runs.
        self.assertEqual(re.findall(r"https?://[^\"']*", picture.text), ["http://www.w3.org/2000/svg"])
        known = {"svg", "title", "desc", "style", "defs", "pattern", "rect", "path", "circle", "g", "text"}
        self.assertLessEqual({element.tag.removeprefix(SVG) for element in root.iter()}, known)
        self.assertFalse(re.search(r"\bon\w+=|@import|url\((?!#)|href", picture.text))
        # Each class that is used has a meaning, in the dark too where it has a colour.
        for element in root.iter():
            for name in (element.get("class") or "").split():
                if name in ("tile", "card", "group", "numa", "unplaced"):
                    continue
                self.assertIn(f"\n.{name}{{", picture.light)
                colour = (picture.value(name, "fill") or "none") + (picture.value(name, "stroke") or "none")
                if "#" in colour:
                    self.assertTrue(f"\n.{name}{{" in picture.dark, name)

    def check_rails(self, picture: Picture, found: dict[str, Any]) -> None:
        tiles = {int(g.get("data-index") or -1): g for g in picture.tiles("efa") if g.get("data-index")}
        listed = [g for g in picture.tiles("efa") if g.get("data-index")]
        self.assertEqual(sorted(tiles), list(range(len(found["rails"]))))
        self.assertEqual(len(listed), len(tiles), "one tile a rail")
        for rail in found["rails"]:
            tile = tiles[rail["index"]]
            expected = {
                "data-pci": rail["pci"], "data-stage": rail["stage"], "data-name": rail["rdma_name"] or "",
                "data-card": rail["card_index"], "data-device": rail["device_index"],
            }  # fmt: skip
            if found["node"]["facts_known"]:
                for name, value in expected.items():
                    self.assertEqual(tile.get(name), None if value is None else str(value), name)
            state = tile.get("data-state")
            self.assertEqual(state == "faulty", rail["stage"] not in ("usable", "listed"))
            title = picture.title(tile)
            for value in (rail["pci"], rail["rdma_name"], rail["mac"], rail["eni_id"], rail["stage"]):
                self.assertIn(value or "", title)
            if rail["card_index"] is not None:
                self.assertIn(f"network card {rail['card_index']}, device {rail['device_index']}\n", title)

    def check_enas(self, picture: Picture, found: dict[str, Any]) -> None:
        tiles = [g for g in picture.tiles("ena") if g.get("data-index")]
        self.assertEqual(sorted(int(g.get("data-index", "")) for g in tiles), list(range(len(found["enas"]))))
        for tile in tiles:
            ena = found["enas"][int(tile.get("data-index", ""))]
            title = picture.title(tile)
            self.assertEqual(tile.get("data-pci"), ena["pci"])
            for value in (ena["netdev"], ena["mac"], ena["eni_id"], ena["pci"]):
                self.assertIn(value or "", title)
            self.assertEqual("primary" in title, ena["primary"])

    def check_others(self, picture: Picture, found: dict[str, Any]) -> None:
        for kind, part in (("accelerator", "accelerators"), ("foreign", "foreign")):
            tiles = sorted(picture.tiles(kind), key=lambda g: int(g.get("data-index", "")))
            self.assertEqual(len(tiles), len(found[part]))
            for tile, one in zip(tiles, found[part]):
                pci = one["pci"] if one["path"] else None  # a device of software has no address
                self.assertEqual(tile.get("data-pci"), pci)
                self.assertIn(pci or "no PCI device", picture.title(tile))
                self.assertIn(one.get("rdma_name", ""), picture.title(tile))

    def check_places(self, picture: Picture, found: dict[str, Any]) -> None:
        """Each function is drawn in its group, each group in its NUMA node."""
        self.assertEqual(
            sorted((g.get("data-at") or "") for g in picture.groups("group") if g.get("data-at")),
            sorted(group["at"] for group in found["groups"]),
        )
        kinds = {"rails": "efa", "enas": "ena", "accelerators": "accelerator", "foreign": "foreign"}
        for group in found["groups"]:
            (drawn,) = [g for g in picture.groups("group") if g.get("data-at") == group["at"]]
            numa = picture.around(drawn, "numa")
            assert numa is not None
            self.assertEqual(numa.get("data-numa"), str(-1 if group["numa_node"] is None else group["numa_node"]))
            for part, kind in kinds.items():
                inside = [
                    int(g.get("data-index", ""))
                    for g in drawn
                    if g.get("data-kind") == kind and g.get("data-index")
                ]
                self.assertEqual(sorted(inside), sorted(group[part]), (group["at"], part))
            # Joined are the two halves of one interface and nothing else.
            joints = [rect for rect in drawn if rect.get("class") == "joint"]
            halves = [rail["ena"] for rail in found["rails"] if rail["index"] in group["rails"]]
            self.assertEqual(len(joints), sum(ena in group["enas"] for ena in halves if ena is not None))

    def check_cards(self, picture: Picture, found: dict[str, Any]) -> None:
        cards = picture.groups("card")
        self.assertEqual([g.get("data-card") for g in cards], [str(i) for i in range(len(cards))])
        if found["basis"] is None or (found["declared"] is None and not found["node"]["type_known"]):
            return
        self.assertEqual(len(cards), len(found["cards"]))
        placed = {
            half: {one["card_index"] for one in found[part]} for half, part in (("efa", "rails"), ("ena", "enas"))
        }
        for drawn, card in zip(cards, found["cards"]):
            for half in ("efa", "ena"):
                want, state = card["want"][half], drawn.get(f"data-{half}")
                self.assertEqual(drawn.get(f"data-want-{half}"), {True: "yes", False: "no", "any": "any"}[want])
                if card["found"] is None:
                    self.assertEqual(state, "wanted" if want is True else "none")
                elif card["found"][half] and found["node"]["facts_known"] and card["card"] not in placed[half]:
                    # Accounted for by a function whose card cannot be told.
                    self.assertEqual(state, "wanted")
                elif card["found"][half]:
                    self.assertIn(state, ("usable", "faulty", "extra"))
                    self.assertEqual(state == "extra", want is False and state != "faulty")
                elif card["differs"]:
                    self.assertEqual(state, "missing" if want is True else "none", card)
                else:
                    self.assertEqual(state, "wanted" if want is True else "none", card)
            if card["differs"]:
                self.assertEqual(drawn.get("data-differs"), "true")

    def check_boxes(self, picture: Picture) -> None:
        page = Box(0, 0, float(picture.root.get("width", "")), float(picture.root.get("height", "")))
        defs = set(picture.root.find(f"{SVG}defs").iter())  # type: ignore[union-attr]
        for rect in picture.root.iter(f"{SVG}rect"):
            if rect not in defs:
                self.assertTrue(box_of(rect).inside(page), rect.attrib)
        for tile in picture.groups("tile"):
            group = picture.around(tile, "group")
            assert group is not None
            self.assertTrue(picture.rect(tile).inside(picture.rect(group)))
        for group in picture.groups("group"):
            panel = picture.around(group, "numa")
            panel = picture.around(group, "unplaced") if panel is None else panel
            assert panel is not None
            self.assertTrue(picture.rect(group).inside(picture.rect(panel)))
        for name in ("tile", "group", "card"):
            boxes = [picture.rect(g) for g in picture.groups(name)]
            for i, box in enumerate(boxes):
                self.assertFalse([j for j in range(i) if boxes[j].overlaps(box)], name)

    def check_texts(self, picture: Picture) -> None:
        page = Box(0, 0, float(picture.root.get("width", "")), float(picture.root.get("height", "")))
        texts = picture.text_boxes()
        for i, (text, box) in enumerate(texts):
            self.assertTrue(box.inside(page), text)
            for other, near in texts[:i]:
                self.assertFalse(near.overlaps(box), f"{other!r} and {text!r}")
        for tile in picture.groups("tile"):
            inner = [element.text for element in tile.iter(f"{SVG}text")]
            room = picture.rect(tile)
            for text, box in texts:
                if text in inner and box.overlaps(room):
                    self.assertTrue(box.inside(room), f"{text!r} in {tile.attrib}")


class Missing(unittest.TestCase):
    def test_in_its_place(self) -> None:
        with Node("p5.48xlarge", "efa-only", "--missing", "3") as node:
            found = node.show()
            (lost,) = [card["card"] for card in found["cards"] if card["differs"]]
            (eni,) = [eni for eni in found["enis"] if eni["rail"] is None and eni["ena"] is None]
            picture = picture_of(node)
            (tile,) = [g for g in picture.tiles("efa") if g.get("data-state") == "missing"]
            self.assertEqual(tile.get("data-card"), str(lost))
            self.assertEqual(tile.get("data-pci"), "0000:52:00.0")
            title = picture.title(tile)
            self.assertIn(eni["eni_id"], title)
            self.assertIn(eni["mac"], title)
            self.assertIn("found invisible, expected efa-only", title)
            group = picture.around(tile, "group")
            assert group is not None
            self.assertEqual(group.get("data-at"), "0000:45:00.0")
            differing = [g.get("data-card") for g in picture.groups("card") if g.get("data-differs") == "true"]
            self.assertEqual(differing, [str(lost)])

    def test_several(self) -> None:
        """As many empty places as missing functions; whose they are is not known."""
        with Node("p5.48xlarge", "efa-only", "--missing", "3", "--missing", "30") as node:
            picture = picture_of(node)
            tiles = [g for g in picture.tiles("efa") if g.get("data-state") == "missing"]
            self.assertEqual([g.get("data-pci") for g in tiles], ["0000:52:00.0", "0000:c8:00.0"])
            self.assertEqual([g.get("data-card") for g in tiles], [None, None])
            self.assertEqual(sum(g.get("data-efa") == "missing" for g in picture.groups("card")), 2)

    def test_verdict(self) -> None:
        for damage, outcome, sign in (([], "healthy", "ok"), (["--missing", "1"], "faulty", "bad")):
            with Node("p4d.24xlarge", "efa-only", *damage) as node:
                picture = picture_of(node)
                (status,) = [g for g in picture.root.iter(f"{SVG}g") if g.get("id") == "efa-status"]
                self.assertEqual(status.get("data-outcome"), outcome)
                self.assertEqual(status[0].get("class"), f"{sign}-box")
                self.assertTrue((status.find(f"{SVG}text").text or "").startswith(outcome))  # type: ignore[union-attr]


class Rendering(unittest.TestCase):
    def draw(self, node: Node, width: int | None = None) -> tuple[Picture, Any]:
        picture = picture_of(node)
        return picture, render(picture.text, width, node.path / "picture.png")

    def test_states_have_their_colours(self) -> None:
        damage = ("--missing", "3", "--no-uverbs", "7", "--extra-ena", "9")
        with Node("p5.48xlarge", "efa-only", *damage) as node:
            picture, image = self.draw(node)
            self.assertEqual((image.width, image.height), (1200, int(picture.root.get("height", ""))))
            self.assertEqual(image.pixel(2, 2), picture.colour("page"))
            self.assertGreater(len(image.colours(0, 0, image.width, image.height)), 50, "not blank")
            seen: dict[str, set[tuple[int, int, int]]] = {}
            for tile in picture.tiles("efa"):
                state = tile.get("data-state") or ""
                seen.setdefault(state, set()).add(image.pixel(*picture.rect(tile).centre()))
            self.assertEqual(seen["usable"], {picture.colour("efa-usable")})
            self.assertEqual(seen["missing"], {picture.colour("missing")})
            self.assertEqual(set(seen), {"usable", "missing", "faulty"})
            self.assertFalse(seen["faulty"] & (seen["usable"] | seen["missing"]))

    def test_states_have_their_patterns(self) -> None:
        """In grey, too, each state is told from the others."""
        damage = ("--missing", "3", "--unbound", "7", "--extra-ena", "9")
        with Node("p5.48xlarge", "efa-only", *damage) as node:
            picture, image = self.draw(node)
            for kind, state, classes in (
                ("efa", "faulty", ("faulty-1", "faulty-2")),
                ("ena", "extra", ("extra-1", "extra-2")),
            ):
                (tile,) = [g for g in picture.tiles(kind) if g.get("data-state") == state]
                box = picture.rect(tile)
                colours = image.colours(int(box.x) + 3, int(box.y) + 3, int(box.w) - 6, int(box.h) - 6)
                for name in classes:
                    self.assertIn(picture.colour(name), colours, state)
            (tile,) = [g for g in picture.tiles("efa") if g.get("data-state") == "missing"]
            box = picture.rect(tile)
            edge = [image.pixel(x, int(box.y)) for x in range(int(box.x) + 6, int(box.x + box.w) - 6)]
            dashed = [colour == picture.colour("missing", "stroke") for colour in edge]
            self.assertTrue(any(dashed) and not all(dashed), "dashed")

    def test_luminance(self) -> None:
        """What differs in state differs in brightness, and texts can be read: WCAG's contrast."""

        def luminance(colour: tuple[int, int, int]) -> float:
            parts = [c / 255 / 12.92 if c < 11 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in colour]
            return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

        def contrast(a: tuple[int, int, int], b: tuple[int, int, int]) -> float:
            low, high = sorted((luminance(a), luminance(b)))
            return (high + 0.05) / (low + 0.05)

        with Node("c5n.18xlarge", "all-efa") as node:
            picture = picture_of(node)
        ink = (0x1B, 0x24, 0x30)
        self.assertIn("fill:#1b2430", picture.light)
        for ground in ("net-usable", "accel", "faulty-1", "extra-1", "other-1", "efa-listed", "block", "panel"):
            self.assertGreater(contrast(ink, picture.colour(ground)), 7, ground)
        self.assertGreater(contrast(picture.colour("on-efa"), picture.colour("efa-usable")), 4.5)
        self.assertGreater(contrast(picture.colour("bad"), picture.colour("missing")), 4.5)
        self.assertGreater(contrast(picture.colour("dim"), picture.colour("panel")), 4.5)
        self.assertGreater(contrast(picture.colour("on-pill"), picture.colour("pill")), 4.5)
        for one, other in (("efa-usable", "missing"), ("efa-usable", "faulty-1"), ("efa-usable", "extra-1")):
            self.assertGreater(contrast(picture.colour(one), picture.colour(other)), 3, other)

    def test_smaller_and_larger(self) -> None:
        with Node("p4d.24xlarge", "all-efa") as node:
            picture, image = self.draw(node, 600)
            self.assertEqual(image.width, 600)
            for tile in picture.tiles("efa"):
                x, y = picture.rect(tile).centre()
                self.assertEqual(image.pixel(x // 2, y // 2), picture.colour("efa-usable"))


class Example(unittest.TestCase):
    def test_the_readme_shows_what_the_program_draws(self) -> None:
        self.assertEqual(EXAMPLE.read_text(), example(), f"draw it anew: {Path(__file__).name} --write {EXAMPLE}")


def example() -> str:
    """A p5.48xlarge whose site declares efa-only; one rail is missing."""
    with Node("p5.48xlarge", "efa-only", "--missing", "22", "--kernel", "6.8.0-1021-aws", "--efa-driver", "2.13.0g") as node:
        node.policy(layout={"declared": "efa-only"})
        return picture_of(node).text


if __name__ == "__main__":
    if sys.argv[1:2] == ["--write"]:
        Path(sys.argv[2]).write_text(example())
        sys.exit(0)
    if shutil.which(RENDERER) is None:
        print(f"skipped: there is no {RENDERER} (package librsvg2-bin)")
        sys.exit(runner.SKIP)
    main()
