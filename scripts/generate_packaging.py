"""What a package installs beside the program, from what the program says of itself: the manual pages and the commented
configuration file. Part of scripts/generate-docs."""

import re

# Fixed where a service has to know: the unit makes this directory.
STATE_DIR = "/var/lib/mcp-assist"
# What a file may not set.
NOT_IN_A_FILE = ("config", "keys")

CONF_HEAD = """\
# mcp-assist, réglages du service. Produit par scripts/generate-docs ; chaque réglage est ici à sa valeur par défaut.
# mcp-assist, settings of the service. Made by scripts/generate-docs; every setting stands here with its default.
#
# Les fichiers *.conf de ce répertoire sont lus dans l'ordre, le dernier l'emporte : mettez les vôtres dans un autre fichier.
# The *.conf files of this directory are read in order, the last one wins: put yours into another file.
# systemctl restart mcp-assist
"""

MAN = {
    "en": {
        "title": "User Commands",
        "name": "NAME",
        "about": "IT support tools over MCP, REST and the command line",
        "synopsis": "SYNOPSIS",
        "description": "DESCRIPTION",
        "text": "looks at a Linux machine and at its network for a language model (Model Context Protocol over stdio and "
        "HTTP), for scripts (REST) and for people (this command). Its tools change nothing; http_request alone sends what it is "
        "told to, by POST, PUT or DELETE too. A host that is down or a service that does not exist is a result, not an error.",
        "commands": "COMMANDS",
        "tools": "TOOLS",
        "tool": "TOOL",
        "tools_text": "lists the parameters of one.",
        "settings": "SETTINGS",
        "settings_text": "A value comes from, the later one wins: built-in default, configuration file (\\fB\\-\\-config\\fR), "
        "environment, flag. In the file the name has underscores and stands in the section [server].",
        "tool_settings": "SETTINGS OF TOOLS",
        "tool_settings_text": "In the configuration file, in a section that has the tool's name; or in the environment.",
        "default": "Default: ",
        "files": "FILES",
        "conf": "Settings of the service, read in order. Other commands read them with \\fB\\-\\-config /etc/mcp\\-assist\\fR.",
        "env": "Environment of the service, if it exists: the place for secrets, readable for root only.",
        "state": "The service's own files.",
        "exit": "EXIT STATUS",
        "codes": [
            ("0", "success; a finding, such as a host that is down, is one too"),
            ("1", "the program failed"),
            ("2", "wrong arguments or settings"),
            ("3", "refused by a setting or a guard"),
            ("4", "there is no such file or tool"),
            ("5", "more than a limit allows"),
            ("6", "this machine cannot"),
            ("7", "no time left and nothing to show"),
            ("8", "all workers are taken"),
        ],
        "see": "SEE ALSO",
        "see_text": "The documents in /usr/share/doc/mcp\\-assist.",
    },
    "fr": {
        "title": "Commandes utilisateur",
        "name": "NOM",
        "about": "outils d'assistance informatique par MCP, REST et ligne de commande",
        "synopsis": "SYNOPSIS",
        "description": "DESCRIPTION",
        "text": "examine une machine Linux et son réseau pour un modèle de langage (Model Context Protocol par stdio et HTTP), "
        "pour des scripts (REST) et pour des personnes (cette commande). Ses outils ne modifient rien ; seul http_request "
        "envoie ce qu'on lui dit d'envoyer, aussi par POST, PUT ou DELETE. Un hôte injoignable ou un service absent est un résultat, pas une erreur.",
        "commands": "COMMANDES",
        "tools": "OUTILS",
        "tool": "OUTIL",
        "tools_text": "donne les paramètres d'un outil.",
        "settings": "RÉGLAGES",
        "settings_text": "Une valeur vient, le dernier l'emporte : du défaut du programme, du fichier de configuration "
        "(\\fB\\-\\-config\\fR), de l'environnement, d'une option. Dans le fichier, le nom s'écrit avec des soulignés, dans la "
        "section [server].",
        "tool_settings": "RÉGLAGES DES OUTILS",
        "tool_settings_text": "Dans le fichier de configuration, dans une section au nom de l'outil ; ou dans l'environnement.",
        "default": "Par défaut : ",
        "files": "FICHIERS",
        "conf": "Réglages du service, lus dans l'ordre. Les autres commandes les lisent avec \\fB\\-\\-config "
        "/etc/mcp\\-assist\\fR.",
        "env": "Environnement du service, s'il existe : la place des secrets, lisible par root seul.",
        "state": "Les fichiers propres du service.",
        "exit": "CODE DE RETOUR",
        "codes": [
            ("0", "succès ; un constat, tel qu'un hôte injoignable, en est un aussi"),
            ("1", "le programme a échoué"),
            ("2", "arguments ou réglages erronés"),
            ("3", "refusé par un réglage ou une protection"),
            ("4", "le fichier ou l'outil n'existe pas"),
            ("5", "plus qu'une limite ne permet"),
            ("6", "cette machine ne le peut pas"),
            ("7", "plus de temps, et rien à montrer"),
            ("8", "tous les exécutants sont pris"),
        ],
        "see": "VOIR AUSSI",
        "see_text": "Les documents de /usr/share/doc/mcp\\-assist.",
    },
}


def setting_row(line):
    """(flag or name, variable, meaning, accepted, default) of a line of the help; None if it lists no setting."""
    accepted = r"(?: \((-?\d+\.\.\d+|[\w-]+(?:, [\w-]+)+)\))?"
    row = re.fullmatch(rf"  (\S+) +([A-Z][A-Z0-9_]+) +(.*?){accepted}(?: \[((?:(?! \[).)*)\])?", line)
    return row and row.groups()


class Help:
    """`mcp-assist help` in one language: .verbs is [(usage, meaning)], .settings {section: [(flag or name, variable, meaning,
    accepted, default)]}, section "" being the server's."""

    def __init__(self, text):
        self.verbs, self.settings, section = [], {"": []}, ""
        for line in text.splitlines():
            if heading := re.fullmatch(r"\[(\w+)\]", line):
                section = heading.group(1)
                self.settings[section] = []
            elif verb := re.fullmatch(r"  mcp-assist (.*?)  +(.*)", line):
                self.verbs.append(verb.groups())
            elif row := setting_row(line):
                self.settings[section].append(row)


def key_of(flag):
    return flag.removeprefix("--").replace("-", "_")


def conf(helps):
    """The configuration file, each setting in both languages."""
    text = CONF_HEAD
    for section, rows in helps["en"].settings.items():
        text += f"\n[{section or 'server'}]\n"
        for english, french in zip(rows, helps["fr"].settings[section], strict=True):
            key, default = key_of(english[0]), english[4]
            if section == "" and key in NOT_IN_A_FILE:
                continue
            # The help shows a number with its unit; the file takes the number.
            value = re.sub(r"^(-?[0-9.]+) [a-z]+$", r"\1", default) if default else ""
            line = f"#{key} = {value}".rstrip()
            if section == "" and key == "data_dir":
                line = f"{key} = {STATE_DIR}"
            accepted = f" ({english[3]})" if english[3] else ""
            text += f"\n# {french[2]}{accepted}\n# {english[2]}{accepted}\n{line}\n"
    return text


def roff(text):
    """Plain text for a manual page."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"^([.'])", r"\\&\1", text)


def bold(text):
    return f"\\fB{roff(text)}\\fR"


def entries(rows):
    return "".join(f".TP\n{head}\n{body}\n" for head, body in rows)


def settings_entries(rows, words):
    return entries(
        (
            f"{bold(name)}, {roff(variable)}",
            roff(f"{about} ({accepted})" if accepted else about) + (f"\n.br\n{words['default']}{roff(default.replace(',', ', '))}" if default else ""),
        )
        for name, variable, about, accepted, default in rows
    )


def man(lang, help_, tools, version):
    words = MAN[lang]
    page = (
        ".\\\" Made by scripts/generate-docs from what the program says of itself.\n"
        f'.TH MCP\\-ASSIST 1 "" "mcp\\-assist {version}" "{words["title"]}"\n.ad l\n'
        f".SH {words['name']}\nmcp\\-assist \\- {roff(words['about'])}\n.SH {words['synopsis']}\n"
    )
    page += "\n.br\n".join(f"\\fBmcp\\-assist\\fR {roff(usage)}" for usage, _ in help_.verbs) + "\n"
    page += f".SH {words['description']}\n\\fBmcp\\-assist\\fR {roff(words['text'])}\n"
    page += f".SH {words['commands']}\n" + entries((bold(usage), roff(about)) for usage, about in help_.verbs)
    page += f".SH {words['tools']}\n\\fBmcp\\-assist tools\\fR {words['tool']} {roff(words['tools_text'])}\n"
    page += entries((bold(tool["name"]), roff(tool["description"])) for tool in tools)
    page += f".SH {words['settings']}\n{words['settings_text']}\n" + settings_entries(help_.settings[""], words)
    page += f".SH {words['tool_settings']}\n{words['tool_settings_text']}\n"
    for section, rows in help_.settings.items():
        page += f".SS {roff(section)}\n" + settings_entries(rows, words) if section else ""
    page += f".SH {words['files']}\n" + entries(
        [
            (bold("/etc/mcp-assist/*.conf"), words["conf"]),
            (bold("/etc/default/mcp-assist"), words["env"]),
            (bold(STATE_DIR), words["state"]),
        ]
    )
    page += f".SH {words['exit']}\n" + entries((bold(code), roff(text)) for code, text in words["codes"])
    return page + f".SH {words['see']}\n{words['see_text']}\n"


def pages(ask, tools_of):
    """{path: text} of all files made here. `ask(*words, lang=)` runs the program, `tools_of(lang)` lists its tools."""
    helps = {lang: Help(ask("help", lang=lang)) for lang in MAN}
    version = ask("version").split()[1]
    made = {"packaging/mcp-assist.conf": conf(helps)}
    for lang in MAN:
        suffix = "" if lang == "en" else f".{lang}"
        made[f"docs/mcp-assist{suffix}.1"] = man(lang, helps[lang], tools_of(lang), version)
    return made
