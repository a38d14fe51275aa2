"""pluggy, told that overriding a hook of `Plugin` is registering for it."""

from typing import Any

import pluggy
from pluggy import HookImpl, HookimplOpts

from mcma.host.states import PluginState, Refused, said
from mcma_plugins import Hooks, Plugin
from mcma_plugins.hooks import PROJECT
from mcma_plugins.rules import HOOKS, overridden


class HookManager(pluggy.PluginManager):
    def __init__(self) -> None:
        super().__init__(PROJECT)
        self.add_hookspecs(Hooks)

    def parse_hookimpl_opts(self, plugin: object, name: str) -> HookimplOpts | None:
        if name not in HOOKS or name not in overridden(type(plugin)):
            return None
        return HookimplOpts(
            wrapper=False,
            hookwrapper=False,
            optionalhook=False,
            tryfirst=False,
            trylast=False,
            specname=None,
        )

    def add(self, plugin: Plugin[Any]) -> None:
        try:
            self.register(plugin, name=plugin.name)
        except Exception as error:
            raise Refused(PluginState.BAD_CONTRACT, said(error)) from error

    def remove(self, plugin: Plugin[Any]) -> None:
        if self.is_registered(plugin):
            self.unregister(plugin)

    def implementations(self, hook: str) -> list[HookImpl]:
        """In the order the plugins were added, which is: those required first, then by name."""
        caller: pluggy.HookCaller = getattr(self.hook, hook)
        return caller.get_hookimpls()

    def implementation(self, hook: str, plugin: Plugin[Any]) -> HookImpl | None:
        found = (one for one in self.implementations(hook) if one.plugin is plugin)
        return next(found, None)
