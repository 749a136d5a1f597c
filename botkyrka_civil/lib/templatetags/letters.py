from django import template

from ..letters import KEPT

register = template.Library()


@register.filter
def kept_link(address: str) -> str:
    """An address that stays a link in a letter, because whoever calls or decides has put it there."""
    return str(address).replace("://", f":{KEPT}//")
