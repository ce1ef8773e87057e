"""For you without a browser: every data set, model and person, and what the screen must never show."""

from __future__ import annotations

import io
import re

import pytest
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest

import recsys_core as rc
from recsys_core.dataset import Dataset
from recsys_core.errors import DataError
from recsys_core.personas import Persona, offered, personas, resolve
from recsys_core.profile import OwnRatings
from ui import compute, page, profile, safe
from ui.charts.because import HELD, because

HERE = "pages/15_for_you.py"
SAMPLE = rc.load("sample")
FOLDING = [name for name, cls in rc.algorithms().items() if cls.folds_in]
TABLES = ["lectures-movies", "lectures-albums"]


def for_you(data: str = "sample", ratings: str = "", model: str = "") -> AppTest:
    """The screen, opened by a link."""
    app = AppTest.from_file(str(page.ROOT / "app.py"), default_timeout=120)
    app.query_params["data"] = data
    if model:
        app.query_params["model"] = model
    if ratings:
        app.query_params["ratings"] = ratings
    app.run().switch_page(HERE).run()
    assert not app.exception
    return app


def opened(app: AppTest, popover: str) -> AppTest:
    """What stands in a popover is drawn when it is opened."""
    app.session_state[popover] = True
    return app.run()


def text_of(person: Persona, data: Dataset) -> str:
    found = resolve(person, data)
    pairs = tuple(zip(found.items.tolist(), found.values.tolist(), strict=True))
    return OwnRatings(pairs).to_text(data.catalogue)


def shown(app: AppTest) -> str:
    return " ".join(str(element.value) for element in [*app.markdown, *app.caption, *app.info])


def listed(app: AppTest) -> list[int]:
    return [int(b.key.split("-")[1]) for b in app.button if re.fullmatch(r"why-\d+", b.key or "")]


def address(app: AppTest, key: str = "ratings") -> str | None:
    value = app.query_params.get(key)
    return value[0] if isinstance(value, list) else value


# ---------------------------------------------------------------- who is there, and which data


def test_a_new_visitor_is_told_that_the_list_is_not_personal() -> None:
    app = for_you()
    assert "Not personal: no ratings given" in shown(app)
    assert len(listed(app)) == 10
    assert address(app) is None


def test_a_link_brings_its_ratings() -> None:
    app = for_you(ratings="339~4.5_12~1_44~n")
    assert "Personal, folded in from 2 ratings" in shown(app)
    assert not {338, 11} & set(listed(app))
    assert address(app) == "339~4.5_12~1_44~n"


def test_a_link_opened_first_on_a_fresh_server_brings_its_ratings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PagesManager, "uses_pages_directory", None)
    app = AppTest.from_file(str(page.ROOT / "app.py"), default_timeout=120).switch_page(HERE)
    app.query_params["ratings"] = "339~4.5"
    app.run()
    assert not app.exception
    assert "Personal, folded in from 1 rating" in shown(app)


def test_a_link_to_data_that_is_not_here_keeps_its_ratings_for_that_data(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    monkeypatch.setenv("RECSYS_DATA_DIR", str(tmp_path_factory.mktemp("empty")))
    app = for_you("ml-latest-small", "1~5_2~4")
    assert "Not personal" in shown(app), "film 1 of that set is another film here"
    assert address(app) == "1~5_2~4"
    app.selectbox(key="dataset_picker").select("sample").run()
    assert "Not personal" in shown(app)
    assert address(app) is None


@pytest.mark.parametrize("name", TABLES)
def test_a_scale_that_is_not_of_stars_is_offered_step_by_step(name: str) -> None:
    data = rc.load(name)
    app = for_you(name)
    assert not app.feedback
    one = app.segmented_control[0]
    item = int(one.key.split("-")[1])
    assert list(one.options) == [safe.choice(f"{step:g}") for step in data.ratings.scale.choices]
    one.set_value(0.0).run()
    assert not app.exception
    assert "Personal, folded in from 1 rating" in shown(app), "0 is a rating, not the lack of one"
    assert item not in listed(app)
    assert OwnRatings.from_text(address(app) or "", data.catalogue, data.ratings.scale)[0].of(item) == 0.0


@pytest.mark.parametrize("name", ["sample", *TABLES])
@pytest.mark.parametrize("model", FOLDING)
def test_every_model_that_can_place_a_new_person_does(name: str, model: str) -> None:
    data = rc.load(name)
    own = OwnRatings(((0, data.ratings.scale.high), (1, 1.0)))
    app = for_you(name, own.to_text(data.catalogue))
    app.selectbox(key="model").select(model).run()
    assert not app.exception
    assert set(listed(app)).isdisjoint({0, 1})
    assert listed(app)
    personal = rc.algorithms()[model].personal
    assert ("Personal, folded in from 2 ratings" in shown(app)) == personal
    assert ("The same for everyone" in shown(app)) == (not personal)


@pytest.mark.parametrize("person", personas(), ids=lambda person: person.name)
def test_every_persona_fits_the_sample(person: Persona) -> None:
    assert person in offered(SAMPLE)
    app = opened(for_you(), "start-from")
    app.button(key=f"persona-{person.name}").click().run()
    assert not app.exception
    found = resolve(person, SAMPLE)
    assert f"Personal, folded in from {len(found.items)} ratings" in shown(app)
    assert address(app) == text_of(person, SAMPLE)
    assert set(listed(app)).isdisjoint(found.items.tolist())
    app.button(key="undo").click().run()
    assert address(app) is None


@pytest.mark.parametrize("name", TABLES)
def test_no_persona_is_offered_where_none_of_its_films_are(name: str) -> None:
    app = opened(for_you(name), "start-from")
    assert not [button for button in app.button if (button.key or "").startswith("persona-")]
    assert "No ready-made person fits this small table" in shown(app)


def test_a_filter_of_one_data_set_does_not_follow_into_another() -> None:
    app = for_you()
    app.multiselect(key="genres").select("Documentary").run()
    assert all("Documentary" in SAMPLE.catalogue.genres_of(item) for item in listed(app))
    app.selectbox(key="dataset_picker").select("lectures-albums").run()
    assert not app.exception
    assert len(listed(app)) == 4, "all five albums, less the one on the table"


def test_a_model_that_cannot_be_trained_says_why_and_leaves_a_list(monkeypatch: pytest.MonkeyPatch) -> None:
    train = compute.trained

    def refuse(data: Dataset, name: str, **hyper_parameters: object) -> compute.Trained:
        if name == "svd":
            raise DataError("It would need 9.0 GB. Take als instead.")
        return train(data, name, **hyper_parameters)

    monkeypatch.setattr(compute, "trained", refuse)
    app = for_you()
    app.selectbox(key="model").select("svd").run()
    assert not app.exception
    assert "9\\.0 GB" in app.error[0].value
    assert len(listed(app)) == 10


def test_two_visitors_do_not_see_each_other() -> None:
    one, other = for_you(), for_you()
    before = listed(other)
    opened(one, "start-from").button(key="persona-romantic").click().run()
    other.run()
    assert "Personal, folded in from 9 ratings" in shown(one)
    assert "Not personal" in shown(other)
    assert address(other) is None
    assert listed(other) == before


# ---------------------------------------------------------------- what would sway a rating


NUMBER = re.compile(r"\d\.\d")


@pytest.mark.parametrize("search", ["", "the"])
def test_no_prediction_stands_where_one_rates(search: str) -> None:
    app = for_you(ratings="339~4_12~1")
    app.text_input(key="search").set_value(search).run()
    cards = [app.main.get_by_key(f"rate-{item}") for item in asked(app)]
    assert cards
    for card in cards:
        assert not [element for element in [*card.markdown, *card.caption] if NUMBER.search(element.value)]


def test_no_film_on_the_table_is_in_the_list_below() -> None:
    app = for_you()
    favourites = listed(app)
    assert favourites
    assert not set(asked(app)) & set(favourites)
    title = SAMPLE.catalogue.titles[favourites[0]]
    app.text_input(key="search").set_value(title).run()
    assert favourites[0] in asked(app)
    assert favourites[0] not in listed(app)


def asked(app: AppTest) -> list[int]:
    return [int(star.key.split("-")[1]) for star in app.feedback if re.fullmatch(r"stars-\d+", star.key)]


def test_what_anyone_would_be_predicted_is_the_same_whatever_one_rates() -> None:
    model = rc.algorithm("als").fit(SAMPLE.ratings)
    film = SAMPLE.catalogue.index_of_label["minority report 2002"]
    loved, seen = resolve(next(p for p in personas() if p.name == "science_fiction"), SAMPLE), set()
    for first in (0.5, 3.0, 5.0):
        person = model.fold_in(loved.items, [first, *loved.values[1:]])
        explanation = model.explain(person, film)
        assert explanation.estimate == 5.0, "held to the scale, so that the bars must say what was cut"
        table = because(explanation, SAMPLE.catalogue.label, film).table
        *addends, total = table["stars"]
        assert sum(addends) == pytest.approx(total)
        assert HELD in set(table["what"])
        seen.add(round(addends[0], 6))
    assert len(seen) == 1


# ---------------------------------------------------------------- which model, and how it is set


@pytest.fixture
def asked_of(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, object]]]:
    """Which models the screen had trained, with which settings."""
    train, asked = compute.trained, []

    def note(data: Dataset, name: str, **hyper_parameters: object) -> compute.Trained:
        asked.append((name, hyper_parameters))
        return train(data, name, **hyper_parameters)  # type: ignore[arg-type]

    monkeypatch.setattr(compute, "trained", note)
    return asked


def test_a_link_brings_its_model_with_its_settings(asked_of: list[tuple[str, dict[str, object]]]) -> None:
    app = for_you(model="svd~n_epochs=2~n_factors=7")
    assert asked_of[-1] == ("svd", {"n_epochs": 2, "n_factors": 7})
    assert app.selectbox(key="model").value == "svd"
    assert address(app, "model") == "svd~n_epochs=2~n_factors=7"
    opened(app, "settings")
    assert app.number_input(key="svd-n_factors").value == 7, "the controls show what is set"
    assert app.number_input(key="svd-learning_rate").value == 0.005


def test_settings_are_in_the_address_once_they_are_used_and_not_before(
    asked_of: list[tuple[str, dict[str, object]]],
) -> None:
    app = opened(for_you(model="svd~n_epochs=2"), "settings")
    app.number_input(key="svd-n_factors").set_value(3).run()
    assert address(app, "model") == "svd~n_epochs=2"
    app.number_input(key="svd-n_factors").set_value(3)
    next(button for button in app.button if button.label == "Use these").click().run()
    assert not app.exception
    assert address(app, "model") == "svd~n_factors=3~n_epochs=2"
    name, given = asked_of[-1]
    assert rc.algorithm(name, **given).parameters()["n_factors"] == 3


def test_each_model_is_found_as_it_was_set_when_one_comes_back_to_it() -> None:
    app = for_you(model="svd~n_epochs=2")
    app.selectbox(key="model").select("bias").run()
    assert address(app, "model") == "bias"
    app.selectbox(key="model").select("svd").run()
    assert address(app, "model") == "svd~n_epochs=2"


def test_the_choice_survives_a_link_of_the_menu() -> None:
    app = for_you(model="svd~n_epochs=2")
    app.switch_page("pages/20_data.py").run()
    del app.query_params["model"]  # what a link in the menu does
    app.switch_page(HERE).run()
    assert app.selectbox(key="model").value == "svd"
    assert address(app, "model") == "svd~n_epochs=2"


@pytest.mark.parametrize(
    "text",
    ["svd~n_factors=-1", "nonsense", "surprise_nmf", "kept~svd-0123456789abcdef", "<b>~x", "svd~" * 500],
)
def test_a_stranger_s_model_gives_a_list_by_the_usual_one(text: str) -> None:
    app = for_you(model=text)
    assert app.selectbox(key="model").value == "als"
    assert address(app, "model") == "als"
    assert len(listed(app)) == 10


# ---------------------------------------------------------------- the equation


def test_the_equation_is_made_when_asked_for_and_follows_the_film_asked_about() -> None:
    app = for_you(ratings="339~4.5_12~1")
    assert not app.latex
    opened(app, "equation")
    first, second = listed(app)[:2]
    assert app.selectbox(key="equation-item-sample").value == first
    model = rc.algorithm("als").fit(SAMPLE.ratings)
    person = model.fold_in([338, 11], [4.5, 1.0])
    assert app.latex[0].value.endswith(f"&= {model.predict(person, first)[0]:.2f}\\end{{aligned}}\n$$")
    app.button(key=f"why-{second}").click().run()
    assert app.selectbox(key="equation-item-sample").value == second
    app.selectbox(key="equation-item-sample").select(338).run()
    assert app.latex[0].value.endswith(f"&= {model.predict(person, 338)[0]:.2f}\\end{{aligned}}\n$$")
    assert "You gave it **4.5**" in shown(app)
    assert "no test of it" in shown(app)


def test_it_is_written_for_a_ready_made_person_and_for_anybody_in_the_data() -> None:
    app = opened(for_you(), "equation")
    assert "Not a personal prediction: no ratings given" in shown(app).replace("\\", "")
    who = app.selectbox(key="equation-who-sample-True")
    who.select("persona:romantic").run()
    assert not app.exception
    assert "Not a personal prediction" not in shown(app)
    app.selectbox(key="equation-who-sample-True").select("number").run()
    position = 100
    user, item = int(SAMPLE.ratings.users[position]), int(SAMPLE.ratings.items[position])
    app.number_input(key="equation-number-sample").set_value(user + 1).run()
    app.selectbox(key="equation-item-sample").select(item).run()
    assert not app.exception
    assert f"gave it **{SAMPLE.ratings.values[position]:g}**" in shown(app)
    assert "The model was trained on that rating" in shown(app)


def test_a_rating_that_is_only_imagined_is_not_said_to_be_given() -> None:
    app = opened(for_you(ratings="339~4.5_12~1"), "equation")
    app.selectbox(key="if-item").select(338).run()
    app.segmented_control(key="if-value").set_value(1.0).run()
    app.selectbox(key="equation-item-sample").select(338).run()
    assert "You imagine to have given it **1**" in shown(app)


@pytest.mark.parametrize("name", ["sample", *TABLES])
@pytest.mark.parametrize("model", FOLDING)
def test_every_model_s_equation_can_be_shown(name: str, model: str) -> None:
    if not rc.algorithms()[model].can_serve(rc.load(name).side):
        pytest.skip("it needs features this data has not")
    app = opened(for_you(name, model=model), "equation")
    assert not app.exception
    assert len(app.latex) == 1


# ---------------------------------------------------------------- files that are no list of ratings


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("item_id,title,year,rating\n1,Amélie,2001,5\n".encode("latin-1"), "not UTF-8 text"),
        (b"", "not a table"),
        (b'a,b\n"1,2\n', "not a table"),
        (b"\x00\x01\x02" * 50, "no column"),
        (b"item_id,title\n1,Toy Story\n", "no column year, rating"),
        (b"item_id,title,year,rating\n" + b"1,Toy Story,1995,5\n" * 20_000, "larger than 200 kB"),
        (b"item_id,title,year,rating\n339,The Matrix,1999,eleven\n", "Not a rating on the scale"),
        (b"item_id,title,year,rating\n99,No Such Film,1999,5\n", "Not in this data set"),
        (b"item_id,title,year,rating\n339,The Matrix,1999,4\n", "1 ratings read"),
        (b"item_id,title,year,rating\n339,The Matrix,1999,4\n1,2,3,4,5\n", "1 ratings read"),
        (b"item_id,title,year,rating\n339,The Matrix,1999,4\n1,2,3,4,5\n", "header has names"),
        (b"item_id,title,year,rating,\n1,339,The Matrix,1999,4\n", "header has names"),
        (b'item_id,title,year,rating\n339,"The Matrix,1999,4\n', "a quote is not closed"),
        (b"item_id,title,year,rating,rating\n339,The Matrix,1999,4,5\n", "two columns called 'rating'"),
        (b"item_id" + b",a" * 90_000, "one of more than 100,000 signs"),
        (b"item_id" + b",a" * 200, "201 columns; it may have 100"),
    ],
)
def test_what_a_file_is_not_is_said_in_words(raw: bytes, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(profile.state, "notify", said.append)
    profile.load_file(SAMPLE, io.BytesIO(raw))
    assert any(words in message for message in said), said
