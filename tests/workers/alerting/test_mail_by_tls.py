"""Mail by TLS, to a real mail server on loopback: RFC 3207 (STARTTLS), RFC 8314 (TLS from the start)."""

import ssl

import pytest
import trustme
from aiosmtpd.smtp import AuthResult

from tests.workers.alerting.conftest import taking_mail
from workers.mail.smtp import MailError, send_mail

PASSWORD = b"p@ss/w:rd"
AUTHORITY = trustme.CA()


def server_context(name="127.0.0.1"):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    AUTHORITY.issue_cert(name).configure_cert(context)
    return context


def check(server, session, envelope, mechanism, given):
    return AuthResult(success=given.password == PASSWORD, handled=False, auth_data=given)


def options(scheme, context, **more):
    by = {"ssl_context": context} if scheme == "smtps" else {"tls_context": context}
    return by | {"authenticator": check, "auth_require_tls": scheme == "smtp"} | more


@pytest.fixture
def trusted(tmp_path, monkeypatch):
    """Have this process trust the authority of these tests, as a system trusts those of its administrator."""
    AUTHORITY.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))


def send(url):
    send_mail(url, sender="hub@example.org", to=["a@example.org"], subject="x", text="y")


def with_password(url, word="p%40ss%2Fw%3Ard"):
    return url.replace("://", f"://hub:{word}@")


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_a_password_goes_by_tls_and_is_taken(scheme):
    with taking_mail(scheme, **options(scheme, server_context(), auth_required=scheme == "smtp")) as box:
        send(with_password(box.url))
        assert box.seen == [(True, PASSWORD)]


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_a_wrong_password_is_told(scheme):
    with taking_mail(scheme, **options(scheme, server_context())) as box:
        with pytest.raises(MailError, match="535"):
            send(with_password(box.url, "wrong"))
        assert box.mails == []


@pytest.mark.usefixtures("trusted")
def test_tls_is_used_where_it_is_offered_also_without_a_password():
    with taking_mail("smtp", **options("smtp", server_context(), require_starttls=True)) as box:
        send(box.url)
        assert box.seen == [(True, None)]


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_a_server_that_nobody_vouches_for_gets_neither_password_nor_mail(scheme):
    with taking_mail(scheme, **options(scheme, server_context())) as box:
        for url in (box.url, with_password(box.url)):
            with pytest.raises(MailError, match="CERTIFICATE_VERIFY_FAILED"):
                send(url)
        assert box.mails == []


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_a_certificate_of_another_name_is_none(scheme):
    with taking_mail(scheme, **options(scheme, server_context("mail.example.org"))) as box:
        with pytest.raises(MailError, match="CERTIFICATE_VERIFY_FAILED"):
            send(box.url)
        assert box.mails == []


@pytest.mark.usefixtures("trusted")
def test_a_server_without_tls_is_told_where_it_is_wanted(mailbox):
    with pytest.raises(MailError):
        send(mailbox.url.replace("smtp://", "smtps://"))
    assert mailbox.mails == []
