"""Pages on the way in: a forgotten password, a demanded one, the second factor, a proof in between, and sessions."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import urlsplit

import segno
from flask import Blueprint, abort, current_app, flash, jsonify, redirect, render_template, request, session, url_for
from flask_login import current_user

from backoffice.accounts import identity, links, passwords, sessions
from backoffice.accounts.entering import SignIn
from backoffice.accounts.forms import ChangePasswordForm, NewPasswordForm
from backoffice.accounts.models import User
from backoffice.foundation.acting import acting
from backoffice.foundation.confirming import ask_again
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.errors import DomainError, InvalidInput
from backoffice.foundation.i18n import _, _n
from backoffice.records import audit
from backoffice.signing import devices, facts, resetting, second_factor
from backoffice.site.access import on_the_way_in, public, signed_in
from backoffice.site.arriving import arrive
from backoffice.site.errors import opened
from backoffice.site.limits import limiter
from backoffice.site.redirects import wanted
from backoffice.site.requests import is_script
from backoffice.site.signing import confirm_page

signing_pages = Blueprint("signing", __name__)
#: Asking for a reset takes so long whatever was typed, so that a clock tells nobody which names are known.
RESET_SECONDS = 0.4
#: Where the cookie keeps what an authenticator is set up with until its first code is right; no secret by itself.
_SALT = "salt"


@signing_pages.route("/auth/forgotten", methods=["GET", "POST"])
@limiter.limit("5 per minute; 20 per hour", methods=["POST"])
@public
def forgotten() -> Any:
    """Ask for a link by which one sets a new password; the answer is the same for every name."""
    if request.method != "POST":
        return render_template("site/signing/forgotten.html")
    typed = request.form.get("username", "").strip()
    if not typed or len(typed) > 254:
        return render_template("site/signing/forgotten.html", error=_("Type your name or your address.")), 422
    begun = time.monotonic()
    with unit_of_work():
        resetting.ask(typed, may_send=_is_own_host())
    time.sleep(max(0.0, RESET_SECONDS - (time.monotonic() - begun)))
    return render_template("site/signing/forgotten.html", is_sent=True)


@signing_pages.route("/auth/reset/<token>", methods=["GET", "POST"])
@limiter.limit("20 per minute")
@public
def reset(token: str) -> Any:
    """A link that came by mail: its owner sets a new password and signs in with it."""
    link = links.open_link(token, links.RESET)
    if link is None:
        return render_template("site/signing/forgotten.html", is_over=True), 404
    form = NewPasswordForm()
    if request.method == "POST" and form.validate():
        try:
            with unit_of_work():
                resetting.use(link, password=form.password.data or "", rounds=current_app.config["BCRYPT_ROUNDS"])
            identity.sign_out()
            flash(_("Your password is set, and every session has ended. Sign in with it."), "success")
            return redirect(url_for("accounts.sign_in"))
        except DomainError as error:
            form.password.errors = [str(error.message)]
    return render_template("site/signing/reset.html", form=form, user=link.user), 422 if form.errors else 200


@signing_pages.route("/auth/new-password", methods=["GET", "POST"])
@limiter.limit("10 per minute", methods=["POST"])
@on_the_way_in
@signed_in
def new_password() -> Any:
    """A password that was demanded: nothing else is open before it is chosen."""
    if not current_user.must_change_password:
        return arrive(request.form.get("kept"), wanted(), owed=identity.owed())
    form = ChangePasswordForm()
    if "password" in request.form and form.validate():
        try:
            identity.change_password(form.present.data or "", form.password.data or "")
            flash(_("Your password is changed. Sessions elsewhere have ended."), "success")
            return arrive(request.form.get("kept"), wanted(), owed=identity.owed())
        except InvalidInput as error:
            form[error.field or "password"].errors = [str(error.message)]
    page = render_template(
        "site/signing/new_password.html", form=form, kept=request.form.get("kept"), following=wanted()
    )
    return page, 422 if form.errors else 200


@signing_pages.route("/auth/second-factor", methods=["GET", "POST"])
@limiter.limit("20 per minute", methods=["POST"])
@on_the_way_in
@signed_in
def second_factor_page() -> Any:
    """The second factor of oneself: how it stands, or how to set one up."""
    user = current_user._get_current_object()
    factor = second_factor.of(user)
    if factor is not None:
        return render_template(
            "site/signing/second_factor.html",
            factor=factor,
            left=second_factor.codes_left(user),
            is_demanded=second_factor.is_demanded(user),
        )
    ask_again()
    salt = session.setdefault(_SALT, second_factor.new_salt())
    error = None
    if "code" in request.form:
        try:
            with unit_of_work():
                codes = second_factor.set_up(user, salt=str(salt), code=request.form["code"])
                sessions.end(user, except_id=identity.present_id())
            session.pop(_SALT, None)
            return _codes(codes)
        except InvalidInput as refusal:
            error = str(refusal.message)
    picture = segno.make(second_factor.address(str(salt), user), error="m", micro=False)
    page = render_template(
        "site/signing/set_up.html",
        picture=picture.svg_data_uri(scale=4, border=2, dark="#000", light="#fff"),
        secret=second_factor.shared_secret(str(salt)),
        address=second_factor.address(str(salt), user),
        is_demanded=second_factor.is_demanded(user),
        error=error,
        kept=request.form.get("kept"),
        following=wanted(),
    )
    return page, 422 if error else 200


@signing_pages.post("/auth/second-factor/codes")
@limiter.limit("10 per minute")
@signed_in
def new_codes() -> Any:
    """New recovery codes instead of those one has."""
    user = current_user._get_current_object()
    if second_factor.of(user) is None:
        return redirect(url_for("signing.second_factor_page"))
    ask_again()
    with acting(actor=user), unit_of_work():
        codes = second_factor.new_codes(user)
        audit.note("user.new_recovery_codes", target=user)
    return _codes(codes)


@signing_pages.post("/auth/second-factor/remove")
@signed_in
def remove_second_factor() -> Any:
    """Do without the second factor, where no role demands it."""
    user = current_user._get_current_object()
    if second_factor.is_demanded(user):
        flash(_("One of your roles demands a second factor."), "error")
    elif second_factor.of(user) is not None:
        ask_again()
        with acting(actor=user), unit_of_work():
            second_factor.remove(user)
            audit.note("user.remove_second_factor", target=user)
        flash(_("The second factor is removed."), "success")
    return redirect(url_for("signing.second_factor_page"))


def _is_own_host() -> bool:
    """Whether a link that a stranger causes leads to this house: not if the host is only what the request says."""
    host = (urlsplit(request.host_url).hostname or "").lower()
    return bool(current_app.config["BASE_URL"]) or host in ("localhost", "127.0.0.1", "::1")


def _codes(codes: list[str]) -> str:
    """The page that shows recovery codes, once."""
    return render_template("site/signing/codes.html", codes=codes, kept=request.form.get("kept"), following=wanted())


@signing_pages.route("/auth/confirm", methods=["GET", "POST"])
@limiter.limit("10 per 5 minutes", methods=["POST"], deduct_when=lambda response: response.status_code == 422)
@signed_in
def confirm() -> Any:
    """Prove anew that it is still oneself; afterwards what was typed is sent."""
    if request.method != "POST":
        return confirm_page(following=wanted())
    user = current_user._get_current_object()
    kept = request.form.get("kept")
    factor = second_factor.of(user)
    sentence = None
    with unit_of_work():
        if not passwords.matches(request.form.get("password", ""), user.password_hash):
            sentence = _("That is not your password.")
        elif factor is not None and not second_factor.accepts(user, request.form.get("code", "")):
            sentence = _("That code does not work. Each works once; type the next one.")
            if second_factor.has_to_wait(factor):
                sentence = _("Too many wrong codes. Wait a minute, then type the next one.")
        else:
            identity.confirm()
        audit.note("user.confirm_refused" if sentence else "user.confirm", target=user)
    if is_script():
        return (jsonify(error=sentence), 422) if sentence else jsonify(username=user.username)
    if sentence:
        return confirm_page(sentence, kept=kept, following=wanted(), status=422)
    if parcel := opened(kept, user.session_key):
        return render_template("site/signing/sending.html", again=parcel)
    return redirect(wanted() or url_for("accounts.profile"))


@signing_pages.post("/auth/sessions/end")
@signed_in
def end_sessions() -> Any:
    """End one session of one's own, or all but this."""
    user = current_user._get_current_object()
    here = identity.present_id()
    with acting(actor=user), unit_of_work():
        if "all" in request.form:
            count = sessions.end(user, except_id=here)
        else:
            number = request.form.get("session", "")
            found = db.session.get(SignIn, int(number)) if number.isdecimal() and len(number) < 10 else None
            if found is None or found.user_id != user.id:
                abort(404)
            if found.id == here:
                flash(_("That is the session you are in. Sign out to end it."), "info")
                return redirect(url_for("accounts.profile", _anchor="sessions"))
            db.session.delete(found)
            count = 1
        if count:
            audit.note("user.end_sessions", target=user, sessions=count)
    flash(_n("%(num)s session ended.", "%(num)s sessions ended.", count), "success")
    return redirect(url_for("accounts.profile", _anchor="sessions"))


@signing_pages.app_template_global("my_sessions")
def my_sessions() -> list[dict[str, Any]]:
    """The sessions of whoever is signed in, for her profile."""
    here = identity.present_id()
    return [
        {"row": row, "device": devices.told(row.device), "is_here": row.id == here}
        for row in identity.open_sessions(current_user._get_current_object())
    ]


@signing_pages.app_template_global("signing_of")
def signing_of(user: User) -> facts.Signing:
    """How a person signs in, for the page of her account."""
    return facts.about(user)
