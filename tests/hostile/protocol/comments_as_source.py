# expect: ok
# why: code without statements: comments, a declaration of an encoding, a form feed

# -*- coding: utf-7 -*-
#
