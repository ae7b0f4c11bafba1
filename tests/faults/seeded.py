"""Do the tests have teeth? Plants one fault after another in a copy, and looks who turns red.

    python tests/faults/seeded.py            # all of them, some minutes
    python tests/faults/seeded.py lock       # those whose name holds a word

Each fault names the tests that must turn red; every one of them must, and none may where
nothing is planted. A fault that nothing
can find, because it does no harm, would be named with the reason; there is none today.
``test_seeded`` sees at every change that each fault can still be planted.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
SOURCE = "src/reintegrate_cli"


class Fault(NamedTuple):
    """A fault: what it is, what it changes in which file, and the tests that must find it."""

    name: str
    file: str
    changes: tuple[tuple[str, str], ...]
    tests: tuple[str, ...]


POWER = "test_power.py::test_after_any_power_cut_all_that_was_acknowledged_is_there"
KILLED = (
    "test_power.py::test_a_power_cut_after_a_killed_writer_loses_nothing_that_the_next_one_saved"
)
REFUSED = (
    "test_power.py::test_a_power_cut_after_a_disk_that_refused_loses_nothing_that_was_saved_since"
)
WRITERS = "test_disk.py::test_eight_writers_at_once_lose_nothing"
REFUSES = "test_disk.py::test_whenever_the_disk_refuses_it_is_said_plainly_and_nothing_is_lost"
THIEF = "test_damage.py::test_a_thief_of_the_reminder_key_can_cut_the_end_and_nothing_else"
FORGER = "test_forgery.py::test_what_a_narrow_key_forges_is_refused_wherever_it_is_read"
BY_KEY = "../keys/test_keys.py::test_"
SOAK = "test_soak.py"
MODEL = "test_model.py::TestHandles"
BY_HAND = "test_model.py::test_"
CUT = "test_failover.py::test_a_commit_whose_wait_for_the_standby_is_ended_is_never_a_success"
BY_WIRE = "../server/test_wire.py::test_"

FAULTS = [
    Fault(
        "what is appended is not flushed",
        "vault/files.py",
        (("    flush_data(descriptor)\n", ""),),
        (POWER, "test_disk.py::test_what_is_appended_is_flushed_and_then_the_anchor_is"),
    ),
    Fault(
        "a new file is not flushed before it gets its name",
        "keys/disk.py",
        (
            (
                "            write(descriptor)\n            flush(descriptor)\n",
                "            write(descriptor)\n",
            ),
        ),
        (
            POWER,
            "test_disk.py::test_the_bytes_are_flushed_before_they_get_their_name_and_the_name_after",
        ),
    ),
    Fault(
        "the folder is never flushed",
        "keys/disk.py",
        (
            (
                "O_DIRECTORY | os.O_CLOEXEC)\n    try:\n        flush(descriptor)\n",
                "O_DIRECTORY | os.O_CLOEXEC)\n    try:\n        pass\n",
            ),
        ),
        (POWER,),
    ),
    Fault(
        "the folder is not flushed for a writer that was killed before it could",
        "vault/storage.py",
        (("        if journal.epoch_is_news:\n", "        if False:\n"),),
        (KILLED,),
    ),
    Fault(
        "the anchor is not flushed",
        "vault/anchor.py",
        (
            (
                "        write_all(descriptor, body + _digest(body))\n        flush(descriptor)\n",
                "        write_all(descriptor, body + _digest(body))\n",
            ),
        ),
        ("test_disk.py::test_what_is_appended_is_flushed_and_then_the_anchor_is",),
    ),
    Fault(
        "the anchor has one place alone",
        "vault/anchor.py",
        (
            (
                "os.lseek(descriptor, generation % 2 * _APART, os.SEEK_SET)",
                "os.lseek(descriptor, 0, os.SEEK_SET)",
            ),
        ),
        ("test_damage.py::test_one_torn_place_of_the_anchor_leaves_the_other",),
    ),
    Fault(
        "there is no lock",
        "keys/disk.py",
        (("        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)\n", "        pass\n"),),
        (WRITERS, SOAK),
    ),
    Fault(
        "what others wrote is not looked for",
        "vault/storage.py",
        (
            (
                "    def refresh(self) -> None:\n",
                "    def refresh(self) -> None:\n        return\n\n"
                "    def refresh_for_once(self) -> None:\n",
            ),
        ),
        (MODEL, WRITERS),
    ),
    Fault(
        "a state that is behind is taken for the present one",
        "vault/storage.py",
        (("        return self.moment() != before\n", "        return False\n"),),
        (MODEL,),
    ),
    Fault(
        "the next place is remembered",
        "vault/tables.py",
        (
            (
                "            following = self._vault.last_place(self.name) + 1\n",
                "            following = vars(self).get('_last') or self._vault.last_place(self.name)\n"
                "            following = self._last = following + 1\n",
            ),
        ),
        (MODEL,),
    ),
    Fault(
        "what a query found is remembered",
        "vault/tables.py",
        (("        self.clear_cache()\n", ""),),
        (BY_HAND + "what_a_query_finds_is_looked_for_again_each_time",),
    ),
    Fault(
        "a unit that was taken back is taken for its successor",
        "vault/storage.py",
        ((" or not self._journal.stands()", ""),),
        (BY_HAND + "a_unit_that_was_read_and_then_taken_back_is_not_taken_for_its_successor",),
    ),
    Fault(
        "a new file is written from an old state",
        "vault/storage.py",
        (
            (
                "        if self._moved() and self._really_moved() and self._staged:\n",
                "        if False:\n",
            ),
        ),
        (MODEL, BY_HAND + "who_writes_the_file_anew_has_seen_what_others_wrote_until_then"),
    ),
    Fault(
        "the anchor is read after the file",
        "vault/journal.py",
        (
            (
                "            known = anchor.read(path)  # before the file, which may grow meanwhile\n",
                "",
            ),
            (
                "            try:\n                self._read(known)\n",
                "            known = anchor.read(path)\n            try:\n                self._read(known)\n",
            ),
        ),
        (BY_HAND + "who_writes_while_a_reader_opens_the_file_does_not_make_it_refuse",),
    ),
    Fault(
        "the chain has no key",
        "vault/format.py",
        (
            (
                '    mac = hmac.new(chain_key, before, "sha256")\n',
                '    mac = hmac.new(bytes(32), before, "sha256")\n',
            ),
            (
                '    return hmac.digest(chain_key, before + whole[:-MAC_BYTES], "sha256")',
                '    return hmac.digest(bytes(32), before + whole[:-MAC_BYTES], "sha256")',
            ),
        ),
        (THIEF,),
    ),
    Fault(
        "a part is not bound to its place",
        "vault/format.py",
        (
            (
                '        return self._whose + struct.pack(">BQB", kind, sequence, table) + before\n',
                "        return self._whose\n",
            ),
        ),
        (THIEF, "test_damage.py::test_segments_in_each_others_place_are_damage"),
    ),
    Fault(
        "a part is not bound to the chain before it",
        "vault/format.py",
        (
            (
                '        return self._whose + struct.pack(">BQB", kind, sequence, table) + before\n',
                '        return self._whose + struct.pack(">BQB", kind, sequence, table)\n',
            ),
        ),
        (
            "test_damage.py::test_a_thief_of_the_reminder_key_cannot_rewrite_the_past_of_its_own_tables",
        ),
    ),
    Fault(
        "a damaged tail is always taken for one that was never whole",
        "vault/journal.py",
        (
            (
                "                    raise damaged() if self.torn else _older()\n",
                "                    return\n",
            ),
            ("        if self.torn and follows(", "        if False and follows("),
        ),
        (
            "test_damage.py::test_a_damaged_vault_is_never_written_over",
            "test_damage.py::test_every_truncation_is_damage_where_the_anchor_is",
            "test_damage.py::test_a_tail_that_holds_a_right_frame_is_damage_whether_or_not_it_is_anchored",
        ),
    ),
    Fault(
        "the anchor is not compared",
        "vault/journal.py",
        (
            (
                "        if known is not None and known.is_of(self.header):\n            if known.epoch >",
                "        if False:\n            if known.epoch >",
            ),
        ),
        ("test_damage.py::test_an_older_file_put_back_whole_is_noticed_where_it_was_written",),
    ),
    Fault(
        "a file that was written anew while it was opened is taken for an older one",
        "vault/journal.py",
        (
            (
                "                if not left or anchor.read(path) == known:\n",
                "                if True:\n",
            ),
        ),
        (
            "../vault/test_vault_edges.py::test_a_file_written_anew_while_it_is_opened_is_looked_at_again",
        ),
    ),
    Fault(
        "what a killed writer could not anchor is not anchored before a new file is written",
        "vault/storage.py",
        (("        self._anchor(former.header, former.sequence, former.end, former.mac)\n", ""),),
        (
            "test_power.py::test_writers_that_were_killed_one_after_another_leave_a_vault_that_opens",
        ),
    ),
    Fault(
        "a unit that raised keeps what it staged",
        "vault/storage.py",
        (
            (
                "                self._within -= 1\n                self.rollback()\n",
                "                self._within -= 1\n",
            ),
        ),
        (MODEL,),
    ),
    Fault(
        "the header is not bound to the chain",
        "vault/format.py",
        (
            (
                '    return hmac.digest(chain_key, b"chain" + header.digest, "sha256")\n',
                '    return hmac.digest(chain_key, b"chain", "sha256")\n',
            ),
        ),
        (FORGER, "test_damage.py::test_a_header_that_nobody_with_a_key_wrote_is_damage"),
    ),
    Fault(
        "a frame needs no proof",
        "vault/journal.py",
        (("        if proofs and not is_proven(", "        if False and not is_proven("),),
        (FORGER,),
    ),
    Fault(
        "the proof for full keys is not looked at",
        "keys/signing.py",
        (
            (
                "        return hmac.compare_digest(_tag(bundle, digest, signature), tag)\n",
                "        return True\n",
            ),
        ),
        (FORGER, BY_KEY + "a_proof_is_of_one_digest_under_one_data_key_and_one_signing_key"),
    ),
    Fault(
        "the signature for narrow keys is not looked at",
        "keys/signing.py",
        (("        key.verify(proof[:SIGNATURE_BYTES], _MARK + digest)\n", ""),),
        (FORGER, BY_KEY + "a_proof_is_of_one_digest_under_one_data_key_and_one_signing_key"),
    ),
    Fault(
        "verifying looks at the last proof alone",
        "vault/journal.py",
        (
            (
                "        for frame in [self.directory, *frames.values()]:\n",
                "        for frame in []:\n",
            ),
        ),
        (
            "test_forgery.py::test_verifying_looks_at_every_proof_also_at_what_a_later_one_vouches_for",
        ),
    ),
    Fault(
        "the digests of segments are not looked at",
        "vault/journal.py",
        (("        if segment.digest is not None and hashlib", "        if False and hashlib"),),
        (FORGER,),
    ),
    Fault(
        "segments are not looked at where a file is opened",
        "vault/journal.py",
        (("                self._sealed(segment)\n", "                pass\n"),),
        (FORGER,),
    ),
    Fault(
        "a note may be of any table",
        "vault/journal.py",
        ((" or not frame.parts.keys() <= _NOTED:", ":"),),
        (FORGER,),
    ),
    Fault(
        "a note may replace what stands, or take it out",
        "vault/journal.py",
        (("                if frame.kind == NOTE and (", "                if False and ("),),
        (FORGER,),
    ),
    Fault(
        "notes are not looked at where a file is opened",
        "vault/journal.py",
        (("            if name in NOTED and any(", "            if False and any("),),
        (FORGER,),
    ),
    Fault(
        "whoever a slot names as signing is believed",
        "keys/slots.py",
        (
            (
                "    if bundle.full or (file.public and file.public == bundle.public):\n",
                "    if True:\n",
            ),
        ),
        (FORGER, BY_KEY + "a_narrow_key_opens_only_what_its_file_names_the_signer_of"),
    ),
    Fault(
        "a key file opens slots of every kind",
        "keys/slots.py",
        (
            (
                "    bundle = open_any(header, (file.kind,), file.secret)\n",
                "    bundle = open_any(header, KINDS, file.secret)\n",
            ),
        ),
        (
            "test_forgery.py::"
            "test_no_slot_of_another_kind_opens_a_vault_of_a_thief_s_for_the_same_secret",
        ),
    ),
    Fault(
        "whoever signs for words or an identity is believed",
        "kept/signers.py",
        (("        if value and _seen(name) not in (None, value):\n", "        if False:\n"),),
        (
            "test_forgery.py::"
            "test_no_slot_of_another_kind_opens_a_vault_of_a_thief_s_for_the_same_secret",
            "test_forgery.py::"
            "test_whoever_has_an_identity_is_told_of_a_vault_that_a_stranger_sealed_to_them",
        ),
    ),
    Fault(
        "the tags of the older format are not looked at",
        "vault/v2.py",
        (('    if not hmac.compare_digest(b"".join(wanted), tags):\n', "    if False:\n"),),
        (FORGER,),
    ),
    Fault(
        "a narrow key opens a file that does not say who wrote it",
        "vault/v2.py",
        (("        raise damaged() if bundle.public else _not_yet()\n", "        return\n"),),
        (
            FORGER,
            "../vault/test_vault.py::test_a_narrow_key_opens_no_file_that_does_not_say_who_wrote_it",
        ),
    ),
    Fault(
        "an older format is believed where another was seen",
        "kept/signers.py",
        (
            (
                "    if not header.proven and _seen(header.store_id) is not None:\n",
                "    if False:\n",
            ),
        ),
        (
            "test_forgery.py::"
            "test_once_it_said_here_who_wrote_it_a_vault_of_the_older_format_is_not_believed",
        ),
    ),
    Fault(
        "the signing key does not outlive the data key",
        "vault/storage.py",
        (
            (
                "        store_id, signer = former.header.store_id, self.signer\n",
                "        store_id, signer = former.header.store_id, Signer.new()\n",
            ),
        ),
        (
            "../commands/test_cron_key.py::test_cron_and_a_reviewer_go_on_after_rotate_purge_and_restore",
        ),
    ),
    Fault(
        "a table may be left out of the directory",
        "vault/journal.py",
        (("        if set(frame.parts) != numbers(self.header.schema):\n", "        if False:\n"),),
        ("test_damage.py::test_a_directory_without_a_table_is_damage_whoever_wrote_it",),
    ),
    Fault(
        "a directory may say anything of its segments",
        "vault/journal.py",
        (
            (
                "                if not (before < segment.first <= segment.last and 0 < count <= length):\n",
                "                if False:\n",
            ),
        ),
        ("test_fuzz.py",),
    ),
    Fault(
        "a torn tail is not cut off",
        "vault/files.py",
        (
            (
                "        _set_aside(path, descriptor, at)\n        os.ftruncate(descriptor, at)\n",
                "        _set_aside(path, descriptor, at)\n",
            ),
        ),
        (
            POWER,
            "test_damage.py::test_a_tail_that_was_never_whole_is_set_aside_and_nothing_is_lost",
        ),
    ),
    Fault(
        "a write that failed is not taken back",
        "vault/files.py",
        (
            (
                "        os.ftruncate(descriptor, at)\n        flush(descriptor)\n    except OSError as second:\n",
                "        pass\n    except OSError as second:\n",
            ),
        ),
        (f"{REFUSES}[EIO-commit]", REFUSED),
    ),
    Fault(
        "a flush that failed is not believed",
        "vault/files.py",
        (
            (
                "    flush_data(descriptor)\n",
                "    with contextlib.suppress(OSError):\n        flush_data(descriptor)\n",
            ),
        ),
        (REFUSED,),
    ),
    Fault(
        "the path is not looked at again after the flush",
        "vault/files.py",
        (
            (
                "        _demand_there(path, descriptor)\n        return info\n",
                "        return info\n",
            ),
        ),
        ("../test_odd_paths.py::test_a_note_that_is_in_no_file_any_more_is_not_acknowledged",),
    ),
    Fault(
        "a part is not bound to the tables beside it",
        "vault/format.py",
        (("    return before + bytes(sorted(tables))\n", "    return before\n"),),
        (THIEF,),
    ),
    Fault(
        "a later epoch is believed whatever it was made from",
        "vault/journal.py",
        (
            (
                "        if after != (known.epoch, known.sequence, known.mac):\n",
                "        if False:\n",
            ),
        ),
        ("test_damage.py::test_two_copies_that_went_on_apart_are_told_from_each_other",),
    ),
    Fault(
        "a new file does not say what it was made from",
        "vault/storage.py",
        (
            (
                "        header = new_header(store_id, former.header.epoch + 1, slots, sealed, after)\n",
                "        header = new_header(store_id, former.header.epoch + 1, slots, sealed)\n",
            ),
        ),
        (
            "test_power.py::test_writers_that_were_killed_one_after_another_leave_a_vault_that_opens",
        ),
    ),
    Fault(
        "the last place of a table is what stands there now",
        "vault/journal.py",
        (
            (
                "            return segments, max(before, int(directory.last), 0)\n",
                "            return segments, max(before, 0)\n",
            ),
        ),
        (
            "../vault/test_vault.py::test_no_place_is_given_twice_also_after_the_file_was_written_anew",
        ),
    ),
    Fault(
        "a new file forgets which ids of a case were taken back",
        "vault/storage.py",
        (("self.last_place, self._never_again)", "self.last_place)"),),
        (
            "../kept/test_history.py::test_an_id_that_was_taken_back_is_never_given_to_something_else",
        ),
    ),
    Fault(
        "the ballast is not given up",
        "vault/ballast.py",
        (('        beside(path, "ballast").unlink()\n', "        return False\n"),),
        (
            "../vault/test_vault_edges.py::test_the_ballast_is_given_up_for_a_record_that_is_taken_away",
        ),
    ),
    Fault(
        "the ballast is given up for anything",
        "vault/storage.py",
        (("journal.info, ballast=self._takes_away()", "journal.info, ballast=True"),),
        (
            "../vault/test_vault_edges.py::test_the_ballast_is_given_up_for_a_record_that_is_taken_away",
        ),
    ),
    Fault(
        "a narrow key may put and take out what stands in its tables",
        "vault/storage.py",
        (("        if not (self._bundle.full or table in NOTED):\n", "        if False:\n"),),
        (
            "../vault/test_vault.py::test_a_narrow_key_appends_and_changes_nothing_that_stands_there",
        ),
    ),
    Fault(
        "a copy that was cut off is taken for whole",
        "vault/backups.py",
        (
            (
                "    if contents.torn and (known is None or known.store.hex() != contents.store_id):\n",
                "    if False:\n",
            ),
        ),
        (
            "../commands/test_vault_commands.py::test_a_copy_that_was_cut_off_is_seven_wherever_it_was_cut",
        ),
    ),
    Fault(
        "what was never finished is copied with the rest",
        "vault/backups.py",
        (
            (
                "files.copying(journal.descriptor, journal.end)",
                "files.copying(journal.descriptor, journal.info.st_size)",
            ),
        ),
        ("../commands/test_vault_commands.py::test_an_end_that_was_never_finished_is_not_copied",),
    ),
    Fault(
        "a warning at a commit is not heard",
        "server/wire.py",
        (("connection.notices else", "False else"),),
        (CUT, f"{BY_WIRE}a_notice_at_the_commit_is_not_known"),
    ),
    Fault(
        "a role may keep its warnings to itself",
        "server/wire.py",
        (("SET LOCAL client_min_messages = warning;", ""),),
        (CUT, f"{BY_WIRE}nothing_that_a_role_was_given_beforehand_weakens_a_transaction"),
    ),
    Fault(
        "a role may have its commits wait for nothing",
        "server/wire.py",
        (("IN ('off', 'local')", "IN ('none')"),),
        (
            "test_failover.py::test_a_commit_that_waits_for_the_standby_has_a_deadline_and_is_not_known",
            f"{BY_WIRE}nothing_that_a_role_was_given_beforehand_weakens_a_transaction",
        ),
    ),
    Fault(
        "a connection that is lost at a commit is taken for a refusal",
        "server/wire.py",
        (("trouble.is_refusal(error.pgcode) and not connection.closed", "True"),),
        (f"{BY_WIRE}a_connection_that_is_lost_at_the_commit_is_not_known",),
    ),
    Fault(
        "what became of a commit is told by its coming back alone",
        "server/wire.py",
        (('cursor.statusmessage != "COMMIT"', "False"),),
        (f"{BY_WIRE}a_statement_that_is_wrong_is_a_fault_that_names_its_code_alone",),
    ),
    Fault(
        "a writer does not see what the one before wrote",
        "server/wire.py",
        (('_WRITE = "READ COMMITTED, READ WRITE"', '_WRITE = "REPEATABLE READ, READ WRITE"'),),
        (f"{BY_WIRE}the_second_writer_waits_then_says_so_and_sees_what_the_first_wrote",),
    ),
    Fault(
        "the certificate of another machine is not looked at",
        "server/address.py",
        (('return {"sslmode": "verify-full"}', 'return {"sslmode": "require"}'),),
        (f"{BY_WIRE}another_machine_is_spoken_to_with_tls_and_a_checked_certificate",),
    ),
]


def planted(fault: Fault, root: Path) -> str:
    """Give the file of a fault with the fault in it.

    Raises:
        ValueError: what it changes is not there, or there more than once.
    """
    text = (root / SOURCE / fault.file).read_text(encoding="utf-8")
    for old, new in fault.changes:
        if text.count(old) != 1:
            raise ValueError(f"{fault.name}: {fault.file} has {text.count(old)} of {old!r}")
        text = text.replace(old, new)
    return text


def found_by(fault: Fault, *, plant: bool = True) -> dict[str, bool]:
    """Run the tests of a fault against a copy that has it; say which of them turned red."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        for name in ("src", "tests"):
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, copy / name, ignore=ignored)
        shutil.copy(ROOT / "pyproject.toml", copy)
        if plant:
            (copy / SOURCE / fault.file).write_text(planted(fault, copy), encoding="utf-8")
        return {test: _is_red(copy, test) for test in fault.tests}


def _is_red(copy: Path, test: str) -> bool:
    environment = {**os.environ, "PYTHONPATH": str(copy / "src"), "REINTEGRATE_FAULTS": ""}
    # A folder of its own: what other runs left in the common one is not to be looked at.
    line = [
        sys.executable,
        "-m",
        "pytest",
        "-n",
        "0",
        "-x",
        "-q",
        "-p",
        "no:cacheprovider",
        f"--basetemp={copy.parent / 'temporary'}",
        f"tests/faults/{test}",
    ]
    done = subprocess.run(
        line, cwd=copy, env=environment, capture_output=True, text=True, check=False
    )
    failed = "\nFAILED " in done.stdout
    if done.returncode != int(failed):  # not collected, or ended otherwise: nothing was proved
        raise RuntimeError(done.stdout + done.stderr)
    return failed


def main() -> int:
    """Plant them all, or those whose names hold a word; give nought if all were found."""
    words = sys.argv[1:]
    chosen = [one for one in FAULTS if all(word in one.name for word in words)]
    missed = 0
    every = Fault("nothing", "", (), tuple(sorted({test for one in chosen for test in one.tests})))
    red = [test for test, red in found_by(every, plant=False).items() if red]
    if red:
        sys.stdout.write(f"red with no fault planted, and so proves nothing: {red}\n")
        return 1
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for fault, found in zip(chosen, pool.map(found_by, chosen), strict=True):
            sys.stdout.write(f"{fault.name}\n")
            for test, red in found.items():
                missed += not red
                sys.stdout.write(f"    {'found by' if red else 'NOT FOUND by'} {test}\n")
            sys.stdout.flush()
    sys.stdout.write(f"{len(chosen)} faults planted; {missed} times a test did not find one\n")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
