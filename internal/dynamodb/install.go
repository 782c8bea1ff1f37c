package dynamodb

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/multi-runtime-benchmark/multi-runtime-benchmark/internal/fault"
)

// install lays the embedded files of a folder into the cache and runs the
// installer there, unless that has been done before. The result appears whole
// or not at all: it is made beside its place and renamed. Two programs that do
// it at once both succeed, and use the same.
func install(ctx context.Context, o Options, files fs.FS, folder string, installer func(ctx context.Context, dir string) error) (string, error) {
	if o.CacheDir == "" {
		return "", fault.New("", "install %s: no cache folder was given", folder)
	}
	hash, err := hashOf(files, folder)
	if err != nil {
		return "", err
	}
	dir := filepath.Join(o.CacheDir, folder+"-"+hash)
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}

	if o.Progress != nil {
		o.Progress("installing " + folder + " into " + dir)
	}
	if err := os.MkdirAll(o.CacheDir, 0o755); err != nil {
		return "", fmt.Errorf("make the cache folder: %w", err)
	}
	temporary, err := os.MkdirTemp(o.CacheDir, folder+"-"+hash+".tmp-")
	if err != nil {
		return "", fmt.Errorf("install %s: %w", folder, err)
	}
	defer os.RemoveAll(temporary)
	if err := copyFiles(files, folder, temporary); err != nil {
		return "", err
	}
	if err := installer(ctx, temporary); err != nil {
		return "", fmt.Errorf("install %s: %w", folder, err)
	}
	if err := os.Chmod(temporary, 0o755); err != nil {
		return "", fmt.Errorf("install %s: %w", folder, err)
	}
	if err := os.Rename(temporary, dir); err != nil {
		if _, there := os.Stat(dir); there == nil {
			return dir, nil // another program was faster
		}
		return "", fmt.Errorf("install %s: %w", folder, err)
	}
	return dir, nil
}

// hashOf names an installation after what it is made from.
func hashOf(files fs.FS, folder string) (string, error) {
	hash := sha256.New()
	err := fs.WalkDir(files, folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(files, path)
		fmt.Fprintf(hash, "%s %d\n%s", path, len(content), content)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("read the embedded files of %s: %w", folder, err)
	}
	return hex.EncodeToString(hash.Sum(nil))[:16], nil
}

func copyFiles(files fs.FS, folder, dir string) error {
	entries, err := fs.ReadDir(files, folder)
	if err != nil {
		return fmt.Errorf("read the embedded files of %s: %w", folder, err)
	}
	for _, entry := range entries {
		content, err := fs.ReadFile(files, folder+"/"+entry.Name())
		if err != nil {
			return fmt.Errorf("read the embedded files of %s: %w", folder, err)
		}
		if err := os.WriteFile(filepath.Join(dir, entry.Name()), content, 0o644); err != nil {
			return fmt.Errorf("install %s: %w", folder, err)
		}
	}
	return nil
}

// runInstaller runs a package manager and, where it fails, tells its own last
// words. Where the context ended it, that is the error.
func runInstaller(ctx context.Context, command *exec.Cmd, hint string) error {
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	inGroup(command)
	killGroupOnCancel(command)
	if err := command.Run(); err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return fault.New(hint, "%s: %w%s", strings.Join(command.Args, " "), err, lastWords(output.Bytes()))
	}
	return nil
}

// withPath is this program's environment with a folder in front of the PATH.
func withPath(dir string) []string {
	return append(os.Environ(), "PATH="+dir+string(os.PathListSeparator)+os.Getenv("PATH"))
}
