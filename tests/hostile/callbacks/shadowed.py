# expect: ok
# needs: callbacks
# spoils: session
# why: functions are names like any other; after a reset they are back
echo = sleep = db = None
import builtins
builtins.echo = 5
