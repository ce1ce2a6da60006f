"""Django with Authlib, with private_key_jwt."""
import os
import sys

import requests
from authlib.common.security import generate_token
from authlib.integrations.django_client import OAuth
from authlib.jose import JsonWebKey, jwt
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from authlib.oauth2.rfc7523.assertion import sign_jwt_bearer_assertion
from django.conf import settings
from django.core.management import execute_from_command_line
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

PORT = os.environ["PORT"]
ISSUER = os.environ["ISSUER"]
METADATA = ISSUER + "/.well-known/openid-configuration"

settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="a secret for this test and nothing else",
    SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware"],
    AUTHLIB_OAUTH_CLIENTS={},
    USE_TZ=True,
)


class Cis2Assertion(PrivateKeyJWT):
    """CIS2 wants a kid, which Authlib 1.2 drops, and at most five minutes; Authlib's own assertions live for an hour."""

    def sign(self, auth, token_endpoint):
        return sign_jwt_bearer_assertion(
            auth.client_secret,
            issuer=auth.client_id,
            subject=auth.client_id,
            audience=token_endpoint,
            header={"alg": "RS256", "kid": os.environ["KID"]},
            claims={"jti": generate_token(36)},
            expires_in=240,
        )


with open(os.environ["KEY_FILE"], encoding="ascii") as file:
    KEY = file.read()

oauth = OAuth()
oauth.register(
    "cis2",
    client_id=os.environ["CLIENT_ID"],
    client_secret=KEY,
    server_metadata_url=METADATA,
    client_kwargs={"scope": "openid profile", "token_endpoint_auth_method": "private_key_jwt"},
    client_auth_methods=[Cis2Assertion()],
)

ended = set()


def login(request):
    return oauth.cis2.authorize_redirect(request, f"http://127.0.0.1:{PORT}/callback")


def callback(request):
    claims = oauth.cis2.authorize_access_token(request)["userinfo"]
    request.session["sub"], request.session["sid"] = claims["sub"], claims["sid"]
    return HttpResponseRedirect("/me")


def me(request):
    if "sub" not in request.session or request.session["sid"] in ended:
        return HttpResponse(status=401)
    return HttpResponse("signed in: " + request.session["sub"], content_type="text/plain")


@csrf_exempt
def backchannel_logout(request):
    keys = requests.get(requests.get(METADATA, timeout=5).json()["jwks_uri"], timeout=5).json()
    claims = jwt.decode(request.POST["logout_token"], JsonWebKey.import_key_set(keys))
    claims.validate()
    ended.add(claims["sid"])
    return HttpResponse()


urlpatterns = [
    path("login", login),
    path("callback", callback),
    path("me", me),
    path("backchannel-logout", backchannel_logout),
]

execute_from_command_line([sys.argv[0], "runserver", "--noreload", f"127.0.0.1:{PORT}"])
