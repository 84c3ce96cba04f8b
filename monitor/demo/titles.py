"""Titles as sellers write them: slang, typing errors, stuffed keywords, emoji, translations."""

from __future__ import annotations

from monitor.demo.dice import Dice
from monitor.demo.words import Kind, Speech
from monitor.model import Cluster


def compose(kind: Kind, speech: Speech, dice: Dice, *, foreign: bool) -> str:
    """A title; foreign sellers mostly write translated or English ones, some write like locals."""
    if dice.chance(0.65 if foreign else 0.06):
        return _translated(kind, speech, dice)
    return _local(kind, speech, dice)


def _local(kind: Kind, speech: Speech, dice: Dice) -> str:
    if kind.series and dice.chance(0.12):
        name = f"{dice.pick(kind.series)} Series by {dice.pick(speech.brand)}"
    elif dice.chance(0.2):
        name = " ".join(dice.shuffled(kind.names)[:3])
    else:
        name = dice.pick(kind.names)
    if dice.chance(0.1):
        name = _misspelt(name, dice)
    parts = [name, *dice.shuffled(kind.details)[: dice.whole(1, 3)]]
    if dice.chance(0.25):
        parts.insert(0, dice.pick(speech.hype))
    if dice.chance(0.3) and kind.cluster is not Cluster.food_beverage:
        parts.append(dice.pick(speech.colour))
    if dice.chance(0.08):
        parts.insert(dice.whole(1, len(parts)), dice.pick(speech.imported))
    if dice.chance(0.3):
        parts.append(f"{dice.pick('-|~')} {dice.pick(speech.tail)}")
    if dice.chance(0.15):
        mark = dice.pick(speech.emoji)
        parts = [mark, *parts, mark]
    text = " ".join(parts)
    shape = dice.random()
    if shape < 0.15:
        return text.upper()
    return text.title() if shape < 0.55 else text


def _translated(kind: Kind, speech: Speech, dice: Dice) -> str:
    parts = [dice.pick(kind.en)]
    if dice.chance(0.5):
        parts.insert(0, dice.pick(speech.foreign_lead))
    if dice.chance(0.3):
        parts.append(dice.pick(kind.details))
    parts += dice.shuffled(speech.foreign_tail)[: dice.whole(0, 2)]
    return " ".join(parts)


def _misspelt(name: str, dice: Dice) -> str:
    if len(name) < 5:
        return name + name[-1]
    at = dice.whole(1, len(name) - 3)
    if " " in name[at : at + 2]:
        return name
    typo = dice.random()
    if typo < 0.4:
        return name[:at] + name[at + 1 :]
    if typo < 0.7:
        return name[:at] + name[at + 1] + name[at] + name[at + 2 :]
    return name[:at] + name[at] + name[at:]


def shop_name(speech: Speech, dice: Dice, *, foreign: bool, posing: bool = False) -> str:
    """A seller's name; a ``posing`` foreign seller takes a local one."""
    if foreign and not (posing and dice.chance(0.7)):
        return dice.pick(speech.shop_foreign) + dice.pick(speech.shop_foreign_end)
    start = dice.pick(speech.shop_start) + " " if dice.chance(0.7) else ""
    return start + dice.pick(speech.shop_core) + dice.pick(speech.shop_end)
