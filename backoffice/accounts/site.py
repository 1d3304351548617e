"""Signing in and out, the profile, one-time links, and the language switch."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from flask import (
    Blueprint,
    abort,
    current_app,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_login import current_user
from flask_wtf.csrf import generate_csrf
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup
from wtforms import SelectField, StringField
from wtforms.validators import InputRequired, Length

from backoffice.accounts import identity, keys, links, operations, passwords, queries
from backoffice.accounts.forms import (
    ChangePasswordForm,
    LookForm,
    NewPasswordForm,
    SignInForm,
)
from backoffice.accounts.models import User
from backoffice.foundation.acting import acting
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.errors import DomainError, InvalidInput
from backoffice.foundation.fields import options
from backoffice.foundation.i18n import _, _l, _n, offered_locales
from backoffice.foundation.permissions import is_staff
from backoffice.foundation.text import time_zones
from backoffice.records import audit
from backoffice.signing import resetting, second_factor
from backoffice.site.access import on_the_way_in, public, signed_in, uncounted
from backoffice.site.arriving import arrive
from backoffice.site.limits import limiter, network
from backoffice.site.redirects import came_from, wanted
from backoffice.site.requests import VISITOR, is_script
from backoffice.site.signing import code_page, sign_in_page

accounts_pages = Blueprint("accounts", __name__)


class ProfileForm(LookForm):
    """What a person says of herself."""

    name = StringField(_l("Name"), [InputRequired(_l("Give a name.")), Length(max=80)])
    locale = SelectField(
        _l("Language"), choices=lambda: options([("", _l("As the browser asks")), *offered_locales().items()])
    )
    time_zone = SelectField(
        _l("Time zone"),
        choices=options((name, name.replace("_", " ")) for name in time_zones()),
    )


@accounts_pages.get("/")
@public
def front_door() -> Any:
    """Staff to their work, whoever has none yet to her profile, visitors to the paper."""
    if is_staff(current_user):
        return redirect("/admin/")
    return redirect(url_for("accounts.profile") if current_user.is_authenticated else "/blog/")


def _account_and_place() -> str:
    """The account somebody tries to open and where she is: who mistypes there keeps nobody else out."""
    return f"{network()} {request.form.get('username', '').strip().lower()[:254]}"


@accounts_pages.route("/auth/login", methods=["GET", "POST"])
@limiter.limit("30 per minute", methods=["POST"])
@limiter.limit(
    "10 per 5 minutes",
    key_func=_account_and_place,
    methods=["POST"],
    deduct_when=lambda response: response.status_code == 422,
)
@on_the_way_in
@public
def sign_in() -> Any:
    """The sign-in form; afterwards on to where the person was going, with what was typed there."""
    kept = request.form.get("kept")
    if request.method != "POST":
        if current_user.is_authenticated:
            return arrive(None, wanted(), owed=identity.owed())
        return sign_in_page(following=wanted())
    if "code" in request.form:
        return _second_step(kept)
    form = SignInForm()
    if not form.validate():
        return _turned_away(_("Type your name and your password."), kept)
    typed = form.username.data or ""
    user = db.session.scalar(queries.by_name(typed)) if "\x00" not in typed else None
    known = user if user is not None and user.is_active else None
    if not passwords.matches(form.password.data or "", known.password_hash if known else None) or known is None:
        with acting(actor=VISITOR), unit_of_work():
            audit.note("user.sign_in_refused", target=known)
        sentence = _("That name and password do not match. Check both and try again.")
        return _turned_away(sentence, kept, username=typed[:254])
    if second_factor.of(known) is not None:
        identity.ask_for_code(known, remember=bool(form.remember.data))
        return jsonify(step="code") if is_script() else code_page(kept=kept, following=wanted())
    return _enter(known, remember=bool(form.remember.data), kept=kept)


def _second_step(kept: str | None) -> Any:
    """The code after the password; who waited too long begins anew."""
    half = identity.half_in()
    if half is None:
        return _turned_away(_("That took too long. Type your name and your password once more."), kept)
    user, remember = half
    with acting(actor=VISITOR), unit_of_work():
        is_right = second_factor.accepts(user, request.form.get("code", ""))
        factor = second_factor.of(user)
    if is_right:
        return _enter(user, remember=remember, kept=kept)
    sentence = _("That code does not work. Each works once; type the next one.")
    if factor is not None and second_factor.has_to_wait(factor):
        sentence = _("Too many wrong codes. Wait a minute, then type the next one.")
    if is_script():
        return jsonify(error=sentence), 422
    return code_page(sentence, kept=kept, following=wanted(), status=422)


def _enter(user: User, *, remember: bool, kept: str | None) -> Any:
    """Begin the session; afterwards on to where the person was going, with what was typed there."""
    with acting(actor=user), unit_of_work():
        refusals = resetting.refusals_since_last_time(user)
        identity.sign_in(user, remember=remember)
        audit.note("user.sign_in", target=user)
    owed = identity.owed()
    if is_script():
        if not owed:
            return _present_session()
        return jsonify(error=_("One more step is needed. Sign in on a page of its own, then come back.")), 422
    if refusals and not owed:
        told = _n(
            "Since your last sign-in %(num)s attempt with your name failed. If it was not you, change your password.",
            "Since your last sign-in %(num)s attempts with your name failed. If it was not you, change your password.",
            refusals,
        )
        flash(told, "info")
    return arrive(kept, wanted(), owed=owed)


def _turned_away(sentence: str, kept: str | None, username: str = "") -> Any:
    """The form again, with the reason; a script gets the reason alone."""
    if is_script():
        return jsonify(error=sentence), 422
    return sign_in_page(sentence, kept=kept, following=wanted(), username=username, status=422)


@accounts_pages.get("/auth/session")
@public
@uncounted
def present_session() -> Any:
    """For scripts: who is signed in here now, if anybody, and the token that forms of this session carry."""
    return _present_session()


def _present_session() -> Any:
    username = current_user.username if current_user.is_authenticated else None
    return jsonify(username=username, token=generate_csrf())


@accounts_pages.post("/auth/logout")
@on_the_way_in
@public
def sign_out() -> Any:
    """End the session of this browser."""
    if current_user.is_authenticated:
        person = current_user._get_current_object()
        with unit_of_work():
            if identity.sign_out():
                audit.note("user.sign_out", target=person)
    return redirect(url_for("accounts.sign_in"))


@accounts_pages.route("/auth/profile", methods=["GET", "POST"])
@signed_in
def profile() -> Any:
    """One's own name, language, zone, theme and density."""
    form = ProfileForm(obj=current_user)
    if request.method == "POST" and form.validate():
        try:
            with acting(action="user.edit_profile"), unit_of_work():
                form.populate_obj(current_user)
            session.pop("locale", None)
            flash(_("Saved."), "success")
            return redirect(url_for("accounts.profile"))
        except InvalidInput as error:
            form[error.field or "name"].errors = [str(error.message)]
    return _profile(form=form), 422 if form.errors else 200


def _profile(**more: Any) -> str:
    """The page; `more` is what a form brought back."""
    given: dict[str, Any] = {"form": ProfileForm(obj=current_user), "password_form": ChangePasswordForm(), **more}
    kept = current_user.keys or {}
    shown = {action: key for action, key in keys.keys_of({**kept, "off": False}).items() if action in keys.ACTIONS}
    return render_template(
        "site/accounts/profile.html", actions=keys.ACTIONS, presets=keys.Preset, kept=kept, shown=shown, **given
    )


@accounts_pages.app_template_global("my_keys")
def my_keys() -> Markup:
    """Which key does what for whoever is signed in, for the scripts: JSON for an attribute in single quotes."""
    # Every page carries it, so it is short; what would end the attribute or begin a tag is written as a number.
    short = partial(json.dumps, separators=(",", ":"))
    return htmlsafe_json_dumps(keys.keys_of(getattr(current_user, "keys", None)), dumps=short)


@accounts_pages.app_template_global("my_key")
def my_key(action: str) -> str:
    """The key of one action; empty if it has none."""
    return keys.keys_of(getattr(current_user, "keys", None)).get(action, "")


@accounts_pages.post("/auth/profile/keys")
@signed_in
def choose_keys() -> Any:
    """The keys that one wants: a preset and what differs from it, or none at all."""
    if "reset" in request.form:
        chosen = None
    else:
        given = {name: request.form.get(f"key_{name}", "") for name in keys.ACTIONS}
        wanted = request.form.get("preset", "")
        before = (current_user.keys or {}).get("preset") or keys.Preset.WORDPRESS.value
        if wanted != before:
            given = {}  # the keys that are shown are those of the preset before
        try:
            chosen = keys.to_keep(wanted, "off" in request.form, given)
        except InvalidInput as error:
            return _profile(key_error=(error.field, str(error.message)), typed=given), 422
    with acting(action="user.edit_profile"), unit_of_work():
        current_user.keys = chosen
    flash(_("Saved."), "success")
    return redirect(url_for("accounts.profile", _anchor="keys"))


@accounts_pages.post("/auth/profile/look")
@signed_in
def look() -> Any:
    """Theme or density alone, from the menu of every page."""
    with acting(action="user.edit_profile"), unit_of_work():
        for name, enum in (
            ("theme", {"auto", "light", "dark"}),
            ("density", {"comfortable", "compact"}),
        ):
            if request.form.get(name) in enum:
                setattr(current_user, name, request.form[name])
    return ("", 204) if is_script() else redirect(came_from() or url_for("accounts.profile"))


@accounts_pages.post("/auth/profile/password")
@limiter.limit("10 per minute")
@signed_in
def password() -> Any:
    """A new password for oneself; sessions elsewhere end, this one stays."""
    form = ChangePasswordForm()
    if form.validate():
        try:
            identity.change_password(form.present.data or "", form.password.data or "")
            flash(_("Your password is changed. Sessions elsewhere have ended."), "success")
            return redirect(url_for("accounts.profile"))
        except InvalidInput as error:
            form[error.field or "password"].errors = [str(error.message)]
    return _profile(form=ProfileForm(obj=current_user, formdata=None), password_form=form), 422


@accounts_pages.route("/auth/invite/<token>", methods=["GET", "POST"])
@limiter.limit("20 per minute")
@public
def accept_invite(token: str) -> Any:
    """A one-time link: its owner sets her password and is signed in."""
    link = links.open_link(token)
    if link is None:
        abort(404)
    form = NewPasswordForm()
    if request.method == "POST" and form.validate():
        try:
            with unit_of_work():
                user = operations.accept(
                    link,
                    password=form.password.data or "",
                    rounds=current_app.config["BCRYPT_ROUNDS"],
                )
                has_factor = second_factor.of(user) is not None
                if not has_factor:
                    identity.sign_in(user, remember=False)
            flash(_("Welcome, %(name)s. Your password is set.", name=user.name), "success")
            return redirect(url_for("accounts.sign_in")) if has_factor else arrive(None, None, owed=identity.owed())
        except DomainError as error:
            form.password.errors = [str(error.message)]
    return render_template("site/accounts/invite.html", form=form, user=link.user), 422 if form.errors else 200


@accounts_pages.route("/babel/<locale>", methods=["GET", "POST"])
@public
def language(locale: str) -> Any:
    """Speak this language from now on: by GET in this session, by POST also in the profile."""
    if locale not in offered_locales():
        abort(404)
    session["locale"] = locale
    if request.method == "POST" and current_user.is_authenticated:
        with acting(action="user.edit_profile"), unit_of_work():
            current_user.locale = locale
    return redirect(wanted() or came_from() or url_for("accounts.front_door"))
