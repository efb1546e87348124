"""Who is asking: `Authorization: Bearer inc_…`."""
from rest_framework.authentication import BaseAuthentication
class ApiKeyAuthentication(BaseAuthentication):
    pass
