import pytest
from flask import Flask

from tests.cast import Cast
from tests.content.library import Library


@pytest.fixture
def library(app: Flask, cast: Cast) -> Library:
    return Library(app, cast)
