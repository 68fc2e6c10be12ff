# SPDX-License-Identifier: LGPL-2.1-or-later
"""Puts one fault after the other into a copy of the library and looks whether tests find it: what the mutation checks share (tests/model/mutate for the
random programs, tests/mutants/mutate for the test programs).

A mutant is a tuple that begins with its name, a file, an old text, which stands in the file exactly once, and the new text in its place."""
import argparse
import os
import shutil
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class NotBuilt(Exception):
    """The mutant is no program; with the compiler's last words."""


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def write(path, text):
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def copy_tree(target):
    """Copies the files that git knows, and those it would take; only what has changed, so that little is compiled again."""
    names = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, check=True,
                           stdout=subprocess.PIPE).stdout.decode().split("\0")
    for name in names:
        source, copy = os.path.join(ROOT, name), os.path.join(target, name)
        if not os.path.isfile(source):
            continue
        os.makedirs(os.path.dirname(copy), exist_ok=True)
        with open(source, "rb") as f:
            data = f.read()
        if os.path.exists(copy):
            with open(copy, "rb") as f:
                if f.read() == data:
                    continue
        shutil.copy(source, copy)


def make_parser(description):
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", metavar="WORD", help="mutants whose name or file contains this")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--check", action="store_true")
    return parser


def choose(mutants, args):
    return [mutant for mutant in mutants if not args.only or args.only in mutant[0] or args.only in mutant[1]]


def answer(chosen, args):
    """The exit status if only a list or a check was asked for, else None."""
    if args.list:
        for name, file, *_ in chosen:
            print("%-75s %s" % (name, file))
        return 0
    if args.check:
        stale = [(name, file) for name, file, old, *_ in chosen if read(os.path.join(ROOT, file)).count(old) != 1]
        for name, file in stale:
            print("%-75s cannot be applied to %s" % (name, file))
        return 1 if stale else 0
    return None


def try_all(chosen, source, hunt, known=frozenset()):
    """Puts each mutant into the tree @source and calls @hunt with it, which builds that, tests it and returns what found the fault, None if nothing did.
    The exit status is 1 if one could not be tried, or survived that is not among the @known survivors, or one of those was found."""
    survived = failed = unexpected = 0
    for mutant in chosen:
        name, file, old, new = mutant[:4]
        path = os.path.join(source, file)
        text = read(path)
        if text.count(old) != 1:
            print("%-75s NOT APPLIED: the text is %d times in %s" % (name, text.count(old), file))
            failed += 1
            continue
        begin = time.monotonic()
        try:
            write(path, text.replace(old, new))
            found = hunt(mutant)
        except NotBuilt as problem:
            print("%-75s NOT BUILT:\n%s" % (name, problem))
            failed += 1
            continue
        finally:
            write(path, text)
        unexpected += bool(found) == (name in known)
        if found and name in known:
            print("%-75s FOUND, although it is a known survivor, by %s (%.1f s)" % (name, found, time.monotonic() - begin))
        elif found:
            print("%-75s found by %s (%.1f s)" % (name, found, time.monotonic() - begin))
        else:
            survived += 1
            print("%-75s %s (%.1f s)" % (name, "survived, as is known" if name in known else "SURVIVED", time.monotonic() - begin))
        sys.stdout.flush()

    print("%d mutants, %d found, %d survived" % (len(chosen), len(chosen) - survived - failed, survived))
    return 1 if unexpected or failed else 0
