import pytest

from emopoi.commands.main import COMMANDS, main


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example(name, capsys):
    with pytest.raises(SystemExit) as stop:
        main([name, "--help"])
    assert stop.value.code == 0
    text = capsys.readouterr().out
    assert "example" in text and f"emopoi {name}" in text


def test_help_names_all_commands(capsys):
    assert main([]) == 0
    text = capsys.readouterr().out
    assert all(name in text for name in COMMANDS)


def test_unknown_commands_exit_with_2(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["sing"])
    assert stop.value.code == 2
    assert "sing" in capsys.readouterr().err
