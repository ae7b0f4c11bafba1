"""The rows of commands that keep nothing."""

from reintegrate_cli.catalogue.shape import Noun

NOUNS: tuple[Noun, ...] = (
    Noun(
        "about",
        "What this program is, and the guidance that it follows.",
        group="start",
        words="version source license citation",
    ),
    Noun(
        "agenda",
        "What is overdue and what comes, by week, day or days.",
        final=True,
        group="day",
        words="calendar week month upcoming overdue due deadlines late",
    ),
    Noun(
        "closure",
        "Days on which schools are closed, in district.toml.",
        final=True,
        group="start",
        words="holiday vacation break closed snow calendar",
    ),
    Noun(
        "completion",
        "What the TAB key does: a script for bash, zsh or fish.",
        group="start",
        words="tab shell bash zsh fish",
    ),
    Noun(
        "crisis",
        "What to do first when somebody is in danger.",
        group="event",
        words="emergency danger help hotline suicide police ambulance urgent 911 988",
    ),
    Noun(
        "demo",
        "A throw-away fictional district to try things in.",
        final=True,
        group="start",
        words="try example tutorial practice",
    ),
    Noun(
        "disclose",
        "Tell a partner what a release allows, and log it.",
        verbs="nouns.disclosure.verbs",
        final=True,
        group="telling",
        words="share send packet tell",
    ),
    Noun(
        "doctor",
        "What is wrong with this machine's set-up, and how to fix it.",
        group="start",
        words="settings diagnose check config problem setup",
    ),
    Noun(
        "find",
        "Find which records have a word, without showing it.",
        group="day",
        words="search grep look",
    ),
    Noun(
        "guide",
        "What the practice guidance asks at a step.",
        group="start",
        words="guidance clause advice support",
    ),
    Noun(
        "help",
        "What a noun or a verb does, or more about a topic.",
        group="start",
        words="manual topic docs",
    ),
    Noun(
        "init", "Make a vault.", final=True, group="start", words="create setup start new install"
    ),
    Noun(
        "lock", "Forget the key at once, and clear the screen.", group="vault", words="logout close"
    ),
    Noun(
        "settle",
        "Settle a row of the agenda, by its id.",
        group="day",
        words="done finish complete resolve check off",
    ),
    Noun(
        "schema",
        "The JSON Schema of what a command reads with --from.",
        group="vault",
        words="json fields keys",
    ),
    Noun(
        "today",
        "What is overdue and due today.",
        verbs="commands.agenda",
        group="day",
        words="day now",
    ),
    Noun(
        "undo",
        "Take back your own last unit of work.",
        verbs="commands.history",
        group="vault",
        words="revert back",
    ),
    Noun(
        "unlock",
        "Open the vault for five idle minutes.",
        verbs="commands.lock",
        group="vault",
        words="login open password passphrase",
    ),
)
