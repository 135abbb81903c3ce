"""Names derive only from ids and property names, are valid and distinct, and never change."""

from __future__ import annotations

import keyword

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel
from runcomfy_client import Request

from codegen.values import names

ID_ALPHABET = "abzAZ019._- "
SEGMENTS = st.text(ID_ALPHABET, min_size=1, max_size=12).filter(lambda text: any(c.isalnum() for c in text))
IDS = st.lists(SEGMENTS, min_size=1, max_size=5).map("/".join)


@pytest.mark.parametrize(
    ("model_id", "class_name", "module"),
    [
        ("kling/kling-3.0/standard/image-to-video", "Kling3_0StandardImageToVideo", "kling.kling_3_0.standard.image_to_video"),
        ("kling/kling-3.0/4k/image-to-video", "Kling3_0_4kImageToVideo", "kling.kling_3_0._4k.image_to_video"),
        ("kling/kling-video-o3/4K/text-to-video", "KlingVideoO3_4KTextToVideo", "kling.kling_video_o3._4k.text_to_video"),
        ("bytedance/seedream-4-5/edit", "Seedream4_5Edit", "bytedance.seedream_4_5.edit"),
        ("minimax/Hailuo Video 01 Live", "HailuoVideo01Live", "minimax.hailuo_video_01_live"),
        ("sync/sync/lipsync/v2/pro", "SyncLipsyncV2Pro", "sync.sync.lipsync.v2.pro"),
        ("acme/3d-gen", "Acme3dGen", "acme._3d_gen"),
        ("3d/4k", "Model4k", "_3d._4k"),
        ("solo", "Solo", "solo"),
        ("acme/class/con", "ClassCon", "acme.class_.con_"),
    ],
)
def test_ids(model_id: str, class_name: str, module: str) -> None:
    assert names.class_name(model_id) == class_name
    assert ".".join(names.module_path(model_id)) == module


@pytest.mark.parametrize(
    ("wire", "attribute"),
    [
        ("prompt", "prompt"),
        ("promptText", "promptText"),
        ("241_positive_prompt", "field_241_positive_prompt"),
        ("class", "class_"),
        ("copy", "copy_"),
        ("payload", "payload_"),
        ("model_name", "model_name"),
        ("model_fields", "model_fields_"),
        ("_private", "private"),
        ("__class__", "class__"),
        ("foo-bar", "foo_bar"),
        ("заголовок", "field"),
        ("", "field"),
    ],
)
def test_attributes_of_single_properties(wire: str, attribute: str) -> None:
    assert names.attributes([wire]) == {wire: attribute}


def test_a_property_that_can_keep_its_name_does() -> None:
    wires = ["foo-bar", "foo_bar", "foo bar", "foo.bar", "fooBar"]
    given_names = names.attributes(wires)
    assert given_names["foo_bar"] == "foo_bar"
    assert given_names["fooBar"] == "fooBar"
    assert len(set(given_names.values())) == len(wires)


@given(st.lists(st.text(max_size=20), unique=True, max_size=30))
def test_any_properties_get_valid_distinct_attributes(wires: list[str]) -> None:
    given_names = names.attributes(wires)
    assert list(given_names) == wires
    assert len(set(given_names.values())) == len(wires)
    for name in given_names.values():
        assert name.isascii() and name.isidentifier() and not keyword.iskeyword(name)
        assert not name.startswith("_") and name not in names.RESERVED


@given(st.lists(st.text(max_size=8), unique=True, max_size=12), st.randoms(use_true_random=False))
def test_attributes_do_not_depend_on_the_order_of_properties(wires: list[str], random: object) -> None:
    shuffled = sorted(wires, key=lambda wire: wire[::-1])
    assert names.attributes(shuffled) == names.attributes(wires)


@given(IDS)
def test_any_id_gives_valid_names(model_id: str) -> None:
    assert names.class_name(model_id).isidentifier() and names.class_name(model_id).isascii()
    for part in names.module_path(model_id):
        assert part.isidentifier() and part == part.lower() and not keyword.iskeyword(part)


def test_everything_that_pydantic_defines_is_reserved() -> None:
    defined = {name for name in (*dir(BaseModel), *dir(type(BaseModel))) if not name.startswith("_")}
    assert defined <= names.RESERVED


def test_everything_that_a_request_defines_is_reserved() -> None:
    assert {name for name in dir(Request) if not name.startswith("_")} <= names.RESERVED
