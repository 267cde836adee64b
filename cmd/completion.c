/* SPDX-License-Identifier: MIT */
/* completion.c - the scripts that make shells ask `vflow complete`. */
#include <stdio.h>
#include <string.h>

#include "cmd/command.h"
#include "cmd/command_line.h"
#include "engine/base/array.h"
#include "engine/base/log.h"

static const char bash[] =
    "# bash completion of vflow: asks the program itself.\n"
    "_vflow() {\n"
    "    local line word=${COMP_WORDS[COMP_CWORD]}\n"
    "    local -a words=(\"${COMP_WORDS[@]:1:COMP_CWORD}\")\n"
    "    [[ $word == [=@] ]] && word=\n"
    "    words[-1]=${words[-1]#[\\'\\\"]}\n"
    "    COMPREPLY=()\n"
    "    while IFS=$'\\t' read -r line _; do\n"
    "        case $line in\n"
    "            :files) compopt -o filenames\n"
    "                mapfile -t -O \"${#COMPREPLY[@]}\" COMPREPLY < <(compgen -f -- \"$word\") ;;\n"
    "            :flows) compopt -o filenames\n"
    "                mapfile -t -O \"${#COMPREPLY[@]}\" COMPREPLY < <(compgen -d -- \"$word\"\n"
    "                    compgen -f -X '!*.y*ml' -- \"$word\") ;;\n"
    "            *[=.]|*' !') compopt -o nospace; COMPREPLY+=(\"$line\") ;;\n"
    "            *) COMPREPLY+=(\"$line\") ;;\n"
    "        esac\n"
    "    done < <(\"${COMP_WORDS[0]}\" complete -- \"${words[@]}\" 2>/dev/null)\n"
    "}\n"
    "complete -F _vflow vflow\n";

static const char fish[] =
    "# fish completion of vflow: asks the program itself.\n"
    "function __vflow_complete\n"
    "    set -l words (commandline -opc) (commandline -ct)\n"
    "    set -l answer (command $words[1] complete -- $words[2..-1] 2>/dev/null)\n"
    "    for line in $answer\n"
    "        switch $line\n"
    "            case :files\n"
    "                set -l lead (string match -r '^.*=' -- (commandline -ct))\n"
    "                for path in (__fish_complete_path (string replace -r '^.*=' '' -- "
    "(commandline -ct)))\n"
    "                    echo \"$lead$path\"\n"
    "                end\n"
    "            case :flows\n"
    "                __fish_complete_directories (commandline -ct)\n"
    "                __fish_complete_path (commandline -ct) | string match -r "
    "'.*\\\\.ya?ml(?:\\t.*)?$'\n"
    "            case '*'\n"
    "                echo $line\n"
    "        end\n"
    "    end\n"
    "end\n"
    "complete -c vflow -f -a '(__vflow_complete)'\n";

static const char zsh[] =
    "#compdef vflow\n"
    "# zsh completion of vflow: asks the program itself.\n"
    "_vflow() {\n"
    "    local line\n"
    "    local -a answers open asked=(\"${(@)words[2,CURRENT]}\")\n"
    "    asked[-1]=${asked[-1]#[\\'\\\"]}\n"
    "    for line in \"${(@f)$(\"${words[1]}\" complete -- \"${(@)asked}\" "
    "2>/dev/null)}\"; do\n"
    "        case $line in\n"
    "            '') ;;\n"
    "            :files) compset -P '*='; _files ;;\n"
    "            :flows) _files -g '*.(yaml|yml)' ;;\n"
    "            *[=.]$'\\t'*) open+=(\"${${line//:/\\\\:}/$'\\t'/:}\") ;;\n"
    "            *) answers+=(\"${${line//:/\\\\:}/$'\\t'/:}\") ;;\n"
    "        esac\n"
    "    done\n"
    "    (( $#answers )) && _describe vflow answers\n"
    "    (( $#open )) && _describe vflow open -S ''\n"
    "}\n"
    "if [ \"$funcstack[1]\" = _vflow ]; then _vflow \"$@\"; else compdef _vflow vflow; fi\n";

static const struct {
    const char *shell, *script;
} scripts[] = {
    {"bash", bash},
    {"fish", fish},
    {"zsh", zsh},
};

static int completion(int argc, char **argv)
{
    struct vf_operands shells;
    int err = vf_command_line_parse(&vf_command_completion, argc, argv, NULL, &shells);
    if (err)
        return (int)vf_command_line_status(err);
    for (size_t i = 0; i < VF_COUNT(scripts); i++) {
        if (strcmp(scripts[i].shell, shells.items[0]) == 0) {
            fputs(scripts[i].script, stdout);
            return VF_EXIT_OK;
        }
    }
    vf_log(VF_LOG_ERROR, "unknown shell \"%s\"; use bash, fish or zsh", shells.items[0]);
    return VF_EXIT_USAGE;
}

const struct vf_command vf_command_completion = {
    .name = "completion",
    .summary = "Print the completion script of a shell.",
    .details = "For this session of bash:\n"
               "    source <(vflow completion bash)\n"
               "For all sessions of zsh:\n"
               "    vflow completion zsh >DIRECTORY-OF-FPATH/_vflow\n"
               "For all sessions of fish:\n"
               "    vflow completion fish >~/.config/fish/completions/vflow.fish",
    .operand = "SHELL",
    .operand_kind = VF_OPERAND_SHELL,
    .minimum_operands = 1,
    .maximum_operands = 1,
    .run = completion,
};
