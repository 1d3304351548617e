"""In the profile: one's own data, picture and mail. For strangers: an account, where that is open."""

from __future__ import annotations

import io
from datetime import time
from typing import Any

from babel.dates import format_time
from flask import (
    Blueprint,
    abort,
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from flask_babel import get_locale
from flask_login import current_user
from flask_wtf import FlaskForm
from sqlalchemy.exc import IntegrityError
from wtforms import PasswordField, StringField
from wtforms.validators import EqualTo, InputRequired, Length

from backoffice.accounts import addresses, notices
from backoffice.accounts.passwords import LONGEST_BYTES, SHORTEST
from backoffice.foundation.acting import acting
from backoffice.foundation.confirming import ask_again
from backoffice.foundation.database import unit_of_work
from backoffice.foundation.errors import DomainError, InvalidInput, NotFound
from backoffice.foundation.i18n import _, _l
from backoffice.notices import digests
from backoffice.notices.models import DigestChoice, Rhythm, Weekday
from backoffice.people import personal_data, pictures, registering
from backoffice.people.facts import facts_about
from backoffice.site.access import public, signed_in
from backoffice.site.limits import limiter
from backoffice.site.requests import VISITOR

people_pages = Blueprint("people", __name__)
people_pages.add_app_template_global(facts_about)
people_pages.add_app_template_global(lambda: list(Rhythm), "rhythms")
people_pages.add_app_template_global(lambda: list(Weekday), "weekdays")
people_pages.add_app_template_global(registering.is_open, "registration_is_open")


class AddressForm(FlaskForm):
    """Where the link goes."""

    email = StringField(_l("E-mail"), [InputRequired(_l("Give your address.")), Length(max=254)])


class RegisterForm(FlaskForm):
    """Who somebody wants to be here."""

    name = StringField(_l("Name"), [InputRequired(_l("Give a name.")), Length(max=80)])
    username = StringField(
        _l("User name"),
        [InputRequired(_l("Choose a user name.")), Length(max=40)],
        description=_l("small letters, digits, dots or hyphens"),
    )
    password = PasswordField(
        _l("New password"), [InputRequired(_l("Type a password.")), Length(min=SHORTEST, max=LONGEST_BYTES)]
    )
    again = PasswordField(_l("The same again"), [EqualTo("password", _l("The two are not the same."))])


@people_pages.app_template_global("my_notices")
def my_notices() -> list[tuple[notices.Notice, bool]]:
    """The kinds of mail, and whether whoever is signed in wants them."""
    return [(notice, notices.wants(current_user, notice)) for notice in notices.Notice]


@people_pages.app_template_global("my_digest")
def my_digest() -> DigestChoice:
    """When whoever is signed in gets her digest."""
    return digests.choice_of(current_user._get_current_object())


@people_pages.app_template_global("hours")
def hours() -> list[tuple[int, str]]:
    """The hours of a day as the reader's language writes them."""
    return [(hour, format_time(time(hour), "short", locale=get_locale())) for hour in range(24)]


@people_pages.post("/auth/profile/data")
@limiter.limit("10 per hour")
@signed_in
def my_data() -> Any:
    """All that is kept about oneself, as a file."""
    person = current_user._get_current_object()
    ask_again()
    with unit_of_work():
        made = personal_data.copy_of(person)
    answer = send_file(
        io.BytesIO(made),
        mimetype="application/zip",
        as_attachment=True,
        download_name=personal_data.file_name(person),
    )
    answer.cache_control.no_store = True
    return answer


@people_pages.post("/auth/profile/mail")
@signed_in
def choose_mail() -> Any:
    """Which mail one wants."""
    try:
        with acting(action="user.edit_profile"), unit_of_work():
            notices.choose(current_user, request.form.getlist("notice"))
            if "rhythm" in request.form:
                digests.choose(
                    current_user._get_current_object(),
                    rhythm=request.form["rhythm"],
                    hour=request.form.get("hour", ""),
                    weekday=request.form.get("weekday", ""),
                )
        flash(_("Saved."), "success")
    except InvalidInput as refusal:
        flash(str(refusal.message), "error")
    return redirect(url_for("accounts.profile", _anchor="mail"))


@people_pages.post("/auth/profile/address")
@limiter.limit("10 per hour")
@signed_in
def change_address() -> Any:
    """Another address for oneself, or once more the link that confirms the present one."""
    person = current_user._get_current_object()
    try:
        if "again" in request.form:
            with unit_of_work():
                addresses.ask(person)
            flash(_("A link is on its way to %(address)s.", address=person.email), "success")
        else:
            ask_again()
            with unit_of_work():
                addresses.change(person, actor=person, email=request.form.get("email", "")[:300])
            flash(_("Saved."), "success")
    except InvalidInput as refusal:
        flash(str(refusal.message), "error")
    except IntegrityError:
        flash(_("Another account has this address. Choose another."), "error")
    return redirect(url_for("accounts.profile", _anchor="address"))


@people_pages.route("/auth/address/<token>", methods=["GET", "POST"])
@limiter.limit("20 per minute")
@public
def confirm_address(token: str) -> Any:
    """The link from the mail; opening the page does nothing, the button confirms the address."""
    if request.method != "POST":  # a HEAD reads as well
        return _page("address", user=addresses.owner_of(token), is_done=False)
    with acting(actor=VISITOR), unit_of_work():
        user = addresses.confirm(token)
    return _page("address", user=user, is_done=True)


@people_pages.post("/auth/profile/picture")
@limiter.limit("20 per hour")
@signed_in
def choose_picture() -> Any:
    """Another picture, or none."""
    sent = request.files.get("picture")
    try:
        with acting(action="user.edit_profile"), unit_of_work():
            if "remove" in request.form:
                pictures.remove(current_user)
            else:
                pictures.put(current_user._get_current_object(), sent.read(pictures.MOST_BYTES + 1) if sent else b"")
        flash(_("Saved."), "success")
    except InvalidInput as refusal:
        flash(str(refusal.message), "error")
    return redirect(url_for("accounts.profile", _anchor="picture"))


@people_pages.get("/auth/picture/<digest>.webp")
@signed_in
def picture(digest: str) -> Any:
    """The picture of somebody of the house; its address changes with it."""
    content = pictures.content_of(digest) if len(digest) == pictures.NAME_LENGTH else None
    if content is None:
        abort(404)
    answer = make_response(content)
    answer.mimetype = "image/webp"
    answer.cache_control.private, answer.cache_control.max_age = True, 365 * 24 * 60 * 60
    answer.cache_control.immutable = True
    return answer


@people_pages.route("/auth/register", methods=["GET", "POST"])
@limiter.limit("5 per minute; 20 per hour", methods=["POST"])
@public
def register() -> Any:
    """An account for a stranger, where that is open: first a link to the address."""
    if not registering.is_open() or current_user.is_authenticated:
        abort(404)
    form = AddressForm()
    if request.method == "POST" and form.validate():
        try:
            with acting(actor=VISITOR), unit_of_work():
                registering.ask(form.email.data or "", locale=str(get_locale()))
            return _page("sent", email=form.email.data), 200
        except InvalidInput as refusal:
            form.email.errors = [str(refusal.message)]
    return _page("register", form=form), 422 if form.errors else 200


@people_pages.route("/auth/register/<token>", methods=["GET", "POST"])
@limiter.limit("20 per minute")
@public
def finish_registration(token: str) -> Any:
    """The link from the mail: name and password make the account."""
    try:
        email = registering.address_in(token)
    except NotFound:
        abort(404)
    form = RegisterForm()
    if request.method == "POST" and form.validate():
        try:
            with acting(actor=VISITOR), unit_of_work():
                user = registering.register(
                    token,
                    username=form.username.data or "",
                    name=form.name.data or "",
                    password=form.password.data or "",
                    rounds=current_app.config["BCRYPT_ROUNDS"],
                )
            flash(_("Your account is made, %(name)s. Sign in.", name=user.name), "success")
            return redirect(url_for("accounts.sign_in"))
        except DomainError as refusal:
            field = getattr(refusal, "field", None) or "username"
            form[field if field in form else "username"].errors = [str(refusal.message)]
        except IntegrityError:
            form.username.errors = [_("That name is taken. Choose another.")]
    return _page("finish", form=form, email=email), 422 if form.errors else 200


def _page(name: str, **values: Any) -> Any:
    answer = make_response(render_template(f"site/people/{name}.html", **values))
    answer.cache_control.no_store = True
    # The address of the page can be a key.
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer
