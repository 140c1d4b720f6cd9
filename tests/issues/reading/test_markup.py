"""Nothing that a client sent, or that somebody wrote, is ever markup of an issue as Markdown."""

from __future__ import annotations

import re
from typing import Literal

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bloop_trio.issues.grouping.why_grouped import Explanation, GroupingParts
from bloop_trio.issues.queries.overview_shapes import (
    Example,
    FixedIn,
    IssueOverview,
    Merged,
    MutedUntil,
    Share,
    Shares,
    Standing,
)
from bloop_trio.issues.queries.tag_counts import ErrorTags, Tag, TagValue
from bloop_trio.issues.reading.markdown import render
from bloop_trio.issues.stored.user_set import UserCount
from bloop_trio.sourcemaps.frames import Frame, MappedStack, UnmappedFrame, unmapped_frame
from tests.issues.reading.overviews import HOSTILE, a_change, a_remark, an_example, an_issue


def issue_of(text: str, by: Literal["own", "rule", "version"] = "version") -> IssueOverview:
    """Return an issue that has `text` wherever a client, or somebody who gives a reason, can put one."""
    shares = Shares(top=(Share(text, 1),), left_out=0)
    texts = {
        field.name: text
        for field in attrs.fields(Example)
        if field.name not in {"event_id", "received_ms", "http_status", "metadata", "mapped"}
    }
    frame = Frame(
        original_file=text,
        original_line=7,
        original_column=0,
        original_name=text,
        raw_frame=text,
        pre_context=[text],
        context_line=text,
        post_context=[text],
    )
    mapped = MappedStack(
        frames=(unmapped_frame(text), frame), unmapped=(UnmappedFrame(raw_frame=text, reason=text),) * 12
    )
    tag = Tag(
        key=text,
        is_built_in=False,
        events=1,
        missing=0,
        values=[TagValue(text, 1, 1.0)] * 2,
        other_values=0,
        other_events=0,
    )
    tags = ErrorTags(events=1, total_count=1, is_complete=True, tags=[tag] * 2, other_tags=0)
    parts = GroupingParts(
        source=text,
        error_type=text,
        route=text,
        message=text,
        replaced=[],
        frame=text,
        frame_line=text,
        skipped=[],
    )
    why = Explanation(
        by=by,
        version=1,
        rule=0,
        rule_fingerprint=text,
        hashed_text=text,
        fingerprint=text,
        older_fingerprint=text,
        parts=parts,
    )
    return an_issue(
        users=UserCount(1, is_exact=True),
        first_release=text,
        last_release=text,
        standing=Standing(
            assignee=text,
            snooze=MutedUntil(after_release=text),
            fix=FixedIn(release=text, is_next=False),
            remarks=(a_remark(text=text, author_name=text),) * 2,
            older_remarks=1,
        ),
        merged=Merged(fingerprints=(text,)),
        tags=tags,
        why=why,
        error_type=text,
        message=text + "!",
        source=text,
        route_or_procedure=text,
        screen=text,
        fingerprint=text,
        project_id=text,
        releases=shares,
        environments=shares,
        changes=(a_change(reason=text, changed_by=text),),
        example=an_example(**texts, mapped=mapped, metadata={text: [text]}),
    )


def skeleton(markdown: str) -> str:
    """Return a document without what stands in its blocks and code spans, by the rules of CommonMark."""
    kept, closing = [], None
    for line in markdown.split("\n"):
        if closing is not None:
            if re.fullmatch(rf" {{0,3}}`{{{closing},}}[ \t]*", line):
                closing = None
            continue
        opening = re.fullmatch(r" {0,3}(`{3,})([^`]*)", line)
        if opening:
            closing = len(opening[1])
            kept.append(f"<block {opening[2]}>")
            continue
        kept.append(re.sub(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", "<span>", line).replace("(empty)", "<span>"))
    assert closing is None, "a block is left open"
    return "\n".join(kept)


BENIGN = skeleton(render(issue_of("x")))


@pytest.mark.parametrize("by", ["own", "rule"])
def test_no_fingerprint_does_either(by: Literal["own", "rule"]) -> None:
    assert skeleton(render(issue_of(HOSTILE, by))) == skeleton(render(issue_of("x", by)))


@pytest.mark.parametrize(
    "text",
    [
        HOSTILE,
        "`",
        "``",
        "```",
        "`" * 50,
        "```\n\n# Heading\n",
        "\n```\n",
        "a\n    ```\nb",
        "~~~",
        "<img src=x onerror=alert(1)>",
        "[a](javascript:b)",
        "](x) `` ![",
        "|a|b|\n|-|-|",
        "&lt;b&gt; \\` \\",
        "a\r\n\r\nb",
        "- item\n1. item\n> quote\n---\n===",
        "\u2028# x\u2029# y\x85# z\x0b# v\x0c# w",
        "https://evil.example www.evil.example @everyone #1",
    ],
    ids=ascii,
)
def test_no_text_changes_the_structure(text: str) -> None:
    assert skeleton(render(issue_of(text))) == BENIGN


@given(
    st.text(
        alphabet=st.one_of(st.sampled_from("`~ \r\n#[]()<>!-*_\\x\u2028\x85"), st.characters(codec="utf-8")), min_size=1
    )
)
def test_no_text_at_all_does(text: str) -> None:
    rendered = render(issue_of(text))
    assert skeleton(rendered) == BENIGN
    assert rendered.encode()
    assert set("\r\x0b\x0c\x85\u2028\u2029\x00\x1b\u202e") & set(rendered) == set()
