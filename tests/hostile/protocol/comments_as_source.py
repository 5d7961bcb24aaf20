# expect: ok
# why: code that is nothing: comments, a declaration of an encoding, a form feed

# -*- coding: utf-7 -*-
#
