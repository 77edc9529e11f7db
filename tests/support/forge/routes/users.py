"""Who is calling, who somebody is, and what this instance is."""

from __future__ import annotations

from support.forge import shapes
from support.forge.model import Json
from support.forge.routing import Request, pick, route


@route("GET", "/user")
def user(request: Request) -> Json:
    """The caller."""
    return shapes.myself(request.forge, request.user)


@route("GET", "/users")
def users(request: Request) -> Json:
    """Everybody, or who has a username; case does not count."""
    wanted = request.params.get("username")
    everybody = request.forge.users.values()
    return shapes.users(
        request.forge, (one for one in everybody if wanted is None or one.username.lower() == wanted.lower())
    )


@route("GET", "/users/:user")
def one_user(request: Request) -> Json:
    """Somebody by number."""
    everybody = request.forge.users.values()
    return shapes.user(request.forge, pick((one for one in everybody if str(one.id) == request.named["user"]), "User"))


@route("GET", "/personal_access_tokens/self")
def own_token(request: Request) -> Json:
    """The token that the caller shows."""
    assert request.token
    return shapes.token(request.forge, request.token)


@route("GET", "/version")
def version(request: Request) -> Json:
    """The release."""
    return {"version": _version(request), "revision": "0a1b2c3d4e5"}


@route("GET", "/metadata")
def metadata(request: Request) -> Json:
    """The release and the edition."""
    kas = {"enabled": False, "externalUrl": None, "externalK8sProxyUrl": None, "version": None}
    return {
        "version": _version(request),
        "revision": "0a1b2c3d4e5",
        "kas": kas,
        "enterprise": request.forge.edition == "ee",
    }


def _version(request: Request) -> str:
    # Approvals carry their time from about 18.5 on.
    release = "18.6.1" if request.forge.approved_at else "18.3.2"
    return f"{release}-ee" if request.forge.edition == "ee" else release
