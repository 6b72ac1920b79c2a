/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What another program prints.
 */
#ifndef RNBDCTL_PROGRAM_H
#define RNBDCTL_PROGRAM_H

/**
 * program_output() - run a program and read what it prints
 * @argv: its name, looked up in PATH, and its words; ended by NULL
 *
 * Return: a new string, or NULL if it cannot be run or fails; the caller frees.
 */
char *program_output(const char *const argv[]);

#endif
