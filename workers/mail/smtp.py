"""One mail to the operator's own mail server."""

import smtplib
import ssl
from collections.abc import Sequence
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from harvester.errors import RetryableError, cut

TIMEOUT_S: Final = 10.0
OF_MAIL: Final = (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError, MessageError, ValueError)


class MailError(RetryableError):
    """The mail server does not take the mail; `is_of_mail` where it may take another all the same."""

    def __init__(self, text: str, *, is_of_mail: bool) -> None:
        super().__init__(text)
        self.is_of_mail = is_of_mail


def send_mail(smtp_url: str, *, sender: str, to: Sequence[str], subject: str, text: str) -> list[str]:
    """Send one mail, and give the addresses that the server does not take where it takes others.

    A server that offers TLS is spoken to by it; a password is sent by TLS only. Raises: MailError.
    """
    parts = urlsplit(smtp_url)
    try:
        message = _message(sender, to, subject, text)
        with _connect(parts) as server:
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            return sorted(server.send_message(message))
    except (smtplib.SMTPException, OSError, ValueError, MessageError) as error:
        is_of_mail = isinstance(error, OF_MAIL)
        text = f"the mail server {parts.hostname} does not take mail: {cut(error)}"
        raise MailError(text, is_of_mail=is_of_mail) from error


def _message(sender: str, to: Sequence[str], subject: str, text: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = Address(addr_spec=sender)
    message["To"] = [Address(addr_spec=address) for address in to]
    message["Subject"] = " ".join(subject.split())
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday notices
    message.set_content(text)
    return message


def _connect(parts: SplitResult) -> smtplib.SMTP:
    host, context = parts.hostname or "", ssl.create_default_context()
    if parts.scheme == "smtps":
        return smtplib.SMTP_SSL(host, parts.port or smtplib.SMTP_SSL_PORT, timeout=TIMEOUT_S, context=context)
    server = smtplib.SMTP(host, parts.port or smtplib.SMTP_PORT, timeout=TIMEOUT_S)
    try:
        _secure(server, context, needed=bool(parts.username))
    except BaseException:
        server.close()
        raise
    return server


def _secure(server: smtplib.SMTP, context: ssl.SSLContext, *, needed: bool) -> None:
    """Go over to TLS where the server offers it. Raises: SMTPNotSupportedError where it is needed and not offered."""
    server.ehlo()
    if server.has_extn("starttls"):
        server.starttls(context=context)
        server.ehlo()
    elif needed:
        raise smtplib.SMTPNotSupportedError("it offers no TLS, and the password is not sent without")
