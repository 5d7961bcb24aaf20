# expect: ok
# spoils: session
# why: all events of all tools, kept and never given back
import sys
m = sys.monitoring
for tool in range(6):
    try:
        m.use_tool_id(tool, f"tool {tool}")
        for number in range(20):
            try:
                m.register_callback(tool, 1 << number, lambda *a: None)
                m.set_events(tool, m.get_events(tool) | 1 << number)
            except ValueError:
                pass
    except ValueError:
        pass
