"""`railmap explain`: why a photo was taken for a scene, as a sheet of pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from railmap.cli.common.session import DebugOption, OverwriteOption, ProgressOption, run_job
from railmap.progress import Reporter

__all__ = ["explain_command"]


def explain_command(
    photo: Annotated[Path, typer.Argument(help="Photo: JPEG, PNG, TIFF, WebP.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Sheet to write (PNG).")],
    model: Annotated[
        Path | None, typer.Option("--model", help="Scene model made by `railmap train scenes`.")
    ] = None,
    classes: Annotated[
        list[str] | None, typer.Option("--class", help="Explain this scene too; may be repeated.")
    ] = None,
    top: Annotated[int, typer.Option(help="Most probable scenes to explain.", min=1, max=12)] = 5,
    overwrite: OverwriteOption = False,
    progress: ProgressOption = "auto",
    debug: DebugOption = False,
) -> None:
    """Explain a photo's scene: Grad-CAM, guided backpropagation and guided Grad-CAM."""

    def job(reporter: Reporter) -> None:
        from railmap.errors import UsageError
        from railmap.files.output import check_output
        from railmap.scenes import find_class, read_photo
        from railmap.scenes.classify.package import load_scene_model

        check_output(output, overwrite=overwrite, inputs=[photo])
        if output.suffix.lower() not in (".png", ".jpg", ".jpeg", ".pdf", ".svg"):
            raise UsageError(f"{output}: a sheet is a picture; name it .png")
        package = load_scene_model(model)
        pixels = read_photo(photo)
        wanted = []
        for name in classes or []:
            scene = find_class(name)
            key = scene.key if scene else name
            if key not in package.classes:
                known = ", ".join(package.classes)
                raise UsageError(f"--class {name}: the model doesn't know it; it knows {known}")
            wanted.append(package.classes.index(key))
        import railmap.nets  # noqa: F401  (says which extra is missing)
        from railmap.scenes.explain.sheet import explain_photo, load_torch, write_sheet

        found = explain_photo(pixels, package, load_torch(package), top=top, wanted=wanted)
        write_sheet(pixels, package.classes, found, output, title=photo.name, overwrite=overwrite)
        for one in found:
            reporter.message(
                f"{package.classes[one.class_index]}: probability {one.probability:.3f}, "
                f"activation score {one.score:.2f}"
            )
        reporter.result(f"wrote {output}", {"sheet": str(output)})

    run_job(job, progress, debug)
