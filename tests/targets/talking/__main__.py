"""Starts one of them: `python -m tests.targets.talking NAME --port N --upstream URL --folder PATH`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from tests.targets.serving import Settings, serve
from tests.targets.talking import forgetting, sockets
from tests.targets.talking.otherwise import Otherwise
from tests.targets.talking.proxy import Talking

KINDS: Final[dict[str, type[Talking]]] = {
    "right": Talking,
    "otherwise": Otherwise,
    "remembers-nothing": forgetting.RemembersNothing,
    "remembers-questions": forgetting.RemembersQuestions,
    "tells-twice": forgetting.TellsTwice,
    "newest-first": forgetting.NewestFirst,
    "keeps-halves": forgetting.KeepsHalves,
    "keeps-empty-answers": forgetting.KeepsEmptyAnswers,
    "anybodys-conversations": forgetting.AnybodysConversations,
    "shows-anybodys": forgetting.AnybodysConversations,
    "cuts-names": forgetting.CutsNames,
    "folds-names": forgetting.FoldsNames,
    "tidies-names": forgetting.TidiesNames,
    "keeps-in-memory": forgetting.KeepsInMemory,
    "overwrites-turns": forgetting.OverwritesTurns,
    "forgets-in-vain": forgetting.ForgetsInVain,
    "forgets-everybodys": forgetting.ForgetsEverybodys,
    "shows-questions-only": forgetting.ShowsQuestionsOnly,
    "grows-too-long": forgetting.GrowsTooLong,
    "never-pongs": sockets.NeverPongs,
    "closes-without-a-word": sockets.ClosesWithoutAWord,
    "ignores-the-unreadable": sockets.IgnoresTheUnreadable,
    "tells-only-the-asker": sockets.TellsOnlyTheAsker,
    "tells-everybody": sockets.TellsEverybody,
    "dones-the-broken": sockets.DonesTheBroken,
    "answers-the-gone": sockets.AnswersTheGone,
    "no-socket": sockets.NoSocket,
}


def main() -> None:
    """Serve until told to end."""
    parser = argparse.ArgumentParser()
    parser.add_argument("name", choices=KINDS)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--upstream", required=True)
    parser.add_argument("--folder", type=Path, required=True)
    arguments = parser.parse_args()
    serve(KINDS[arguments.name](Settings(port=arguments.port, upstream=arguments.upstream), arguments.folder))


if __name__ == "__main__":
    main()
