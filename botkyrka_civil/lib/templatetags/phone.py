from django import template

from ..text import tel

register = template.Library()
register.filter("tel", tel)
