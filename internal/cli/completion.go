package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

type completionCmd struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Help is the long help.
func (completionCmd) Help() string {
	return `Examples:
  source <(wardbridge completion bash)
  wardbridge completion zsh > "${fpath[1]}/_wardbridge"
  wardbridge completion fish > ~/.config/fish/completions/wardbridge.fish`
}

// Run runs the command.
func (c *completionCmd) Run(e *env) error {
	var b strings.Builder
	words := map[string][]string{}
	gather(e.model.Node, "", words)
	paths := make([]string, 0, len(words))
	for p := range words {
		paths = append(paths, p)
	}
	slices.Sort(paths)
	switch c.Shell {
	case "bash", "zsh":
		if c.Shell == "zsh" {
			b.WriteString("#compdef wardbridge\nautoload -U +X bashcompinit && bashcompinit\n")
		}
		b.WriteString("_wardbridge() {\n  local path=\"\" word i\n  for ((i = 1; i < COMP_CWORD; i++)); do\n    word=\"${COMP_WORDS[i]}\"\n    case \"$path/$word\" in\n")
		for _, p := range paths {
			if p != "" {
				fmt.Fprintf(&b, "    %q) path=%q ;;\n", p, p)
			}
		}
		b.WriteString("    esac\n  done\n  case \"$path\" in\n")
		for _, p := range paths {
			fmt.Fprintf(&b, "  %q) COMPREPLY=($(compgen -W %q -- \"${COMP_WORDS[COMP_CWORD]}\")) ;;\n", p, strings.Join(words[p], " "))
		}
		b.WriteString("  esac\n  [[ ${#COMPREPLY[@]} -gt 0 ]] || COMPREPLY=($(compgen -f -- \"${COMP_WORDS[COMP_CWORD]}\"))\n}\ncomplete -o filenames -F _wardbridge wardbridge\n")
	case "fish":
		for _, p := range paths {
			seen := strings.Fields(strings.ReplaceAll(p, "/", " "))
			condition := "__fish_use_subcommand"
			if len(seen) > 0 {
				condition = "__fish_seen_subcommand_from " + strings.Join(seen, "; and __fish_seen_subcommand_from ")
			}
			for _, w := range words[p] {
				if long, ok := strings.CutPrefix(w, "--"); ok {
					fmt.Fprintf(&b, "complete -c wardbridge -n '%s' -l %s\n", condition, long)
				} else {
					fmt.Fprintf(&b, "complete -c wardbridge -n '%s' -a %s\n", condition, w)
				}
			}
		}
	}
	_, err := e.Stdout.Write([]byte(b.String()))
	return err
}

// gather collects what may follow each command.
func gather(n *kong.Node, path string, words map[string][]string) {
	var list []string
	for _, child := range n.Children {
		list = append(list, child.Name)
		gather(child, path+"/"+child.Name, words)
	}
	for at := n; at != nil; at = at.Parent {
		for _, f := range at.Flags {
			list = append(list, "--"+f.Name)
		}
	}
	words[path] = list
}
