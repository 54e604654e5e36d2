#!/usr/bin/env python3
"""An MCP server over streamable HTTP that wants a login, and the authorization server it trusts, both of the Python SDK.

Everybody who comes to the authorize page is let in at once. Arguments: the port, how long an access token
is said to last in seconds, and a file that each grant is noted in.
"""

import secrets
import sys
import time

from mcp.server.auth.provider import (
    AccessToken,
    AuthorizationCode,
    AuthorizeError,
    OAuthAuthorizationServerProvider,
    RefreshToken,
    construct_redirect_uri,
)
from mcp.server.auth.settings import AuthSettings, ClientRegistrationOptions
from mcp.server.mcpserver import MCPServer
from mcp.shared.auth import OAuthToken

port, lasts, journal = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
base = f"http://127.0.0.1:{port}"


def note(line):
    with open(journal, "a", encoding="utf-8") as file:
        file.write(line + "\n")


class Doorman(OAuthAuthorizationServerProvider):
    """Everything in memory, refresh tokens good for one use."""

    def __init__(self):
        self.clients, self.codes, self.access, self.refresh = {}, {}, {}, {}

    async def get_client(self, client_id):
        return self.clients.get(client_id)

    async def register_client(self, client_info):
        note(f"registered {client_info.client_name}")
        self.clients[client_info.client_id] = client_info

    async def authorize(self, client, params):
        if "refuse" in (params.scopes or []):
            raise AuthorizeError("access_denied", "not today")
        code = AuthorizationCode(
            code=secrets.token_urlsafe(24),
            scopes=params.scopes or [],
            expires_at=time.time() + 60,
            client_id=client.client_id,
            code_challenge=params.code_challenge,
            redirect_uri=params.redirect_uri,
            redirect_uri_provided_explicitly=params.redirect_uri_provided_explicitly,
            resource=params.resource,
        )
        self.codes[code.code] = code
        return construct_redirect_uri(str(params.redirect_uri), code=code.code, state=params.state)

    async def load_authorization_code(self, client, authorization_code):
        return self.codes.get(authorization_code)

    async def exchange_authorization_code(self, client, authorization_code):
        del self.codes[authorization_code.code]
        note("granted")
        return self.grant(client, authorization_code)

    async def load_refresh_token(self, client, refresh_token):
        return self.refresh.get(refresh_token)

    async def exchange_refresh_token(self, client, refresh_token, scopes):
        del self.refresh[refresh_token.token]
        note("refreshed")
        return self.grant(client, refresh_token)

    async def load_access_token(self, token):
        found = self.access.get(token)
        return found if found and found.expires_at > time.time() else None

    async def revoke_token(self, token):
        pass

    def grant(self, client, of):
        about = {"client_id": client.client_id, "scopes": of.scopes, "resource": of.resource}
        access, refresh = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        self.access[access] = AccessToken(token=access, expires_at=int(time.time()) + 3600, **about)
        self.refresh[refresh] = RefreshToken(token=refresh, **about)
        return OAuthToken(access_token=access, expires_in=lasts, refresh_token=refresh, scope=" ".join(of.scopes))


server = MCPServer(
    "guarded",
    auth_server_provider=Doorman(),
    auth=AuthSettings(
        issuer_url=base,
        resource_server_url=f"{base}/mcp",
        required_scopes=["read"],
        client_registration_options=ClientRegistrationOptions(enabled=True, valid_scopes=["read", "refuse"]),
        validate_token_resource=True,
    ),
)


@server.tool()
def whisper(word: str) -> str:
    """Says a word for those who may hear it."""
    return f"psst: {word}"


server.run("streamable-http", host="127.0.0.1", port=port)
