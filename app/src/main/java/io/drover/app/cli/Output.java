// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.drover.schemas.wire.Json;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import picocli.CommandLine.Option;

/** The option {@code -o table|json|yaml} and what it prints. */
public final class Output {
  /** How a result is printed. */
  public enum Format {
    table,
    json,
    yaml
  }

  @Option(
      names = {"-o", "--output"},
      description = "How to print: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
  private Format format = Format.table;

  /** Whether a person reads it. */
  public boolean forPeople() {
    return format == Format.table;
  }

  /** Prints the document, or the table made of it. */
  public void print(PrintStream out, JsonNode document, Supplier<Table> table) {
    switch (format) {
      case table -> table.get().print(out);
      case json -> out.println(json(document));
      case yaml -> out.print(yaml(document));
    }
  }

  /** {@code -o json}, said in another way. */
  void asJson() {
    format = Format.json;
  }

  /** Prints the document, or has what a person reads printed. */
  public void tell(PrintStream out, JsonNode document, Runnable people) {
    switch (format) {
      case table -> people.run();
      case json -> out.println(json(document));
      case yaml -> out.print(yaml(document));
    }
  }

  /** Prints one of many documents as it comes: a line of JSON, a document of YAML, or the text. */
  public void line(PrintStream out, JsonNode document, Supplier<String> text) {
    switch (format) {
      case table -> say(out, text.get());
      case json -> out.println(document);
      case yaml -> out.print("---\n" + yaml(document));
    }
  }

  /** Prints a line for people. */
  static void say(PrintStream out, String line) {
    out.println(clean(line));
  }

  /** The text without control characters: those of foreign names never reach the terminal. */
  static String clean(String text) {
    return text.replaceAll("\\p{Cc}", "?");
  }

  /** Pretty JSON. */
  public static String json(Object document) {
    try {
      return Json.mapper().writerWithDefaultPrettyPrinter().writeValueAsString(document);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String yaml(JsonNode document) {
    try {
      return new YAMLMapper(
              YAMLFactory.builder().disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER).build())
          .writeValueAsString(document);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Columns, padded; numbers may be aligned right by a leading {@code >} in the heading. */
  public static final class Table {
    private final List<String> headings;
    private final List<List<String>> rows = new ArrayList<>();

    public Table(String... headings) {
      this.headings = List.of(headings);
    }

    /** Adds a row; null prints as {@code -}. */
    public Table row(Object... cells) {
      var row = new ArrayList<String>();
      for (Object cell : cells) {
        row.add(cell == null || cell.toString().isEmpty() ? "-" : clean(cell.toString()));
      }
      rows.add(row);
      return this;
    }

    /** Characters that its widest line takes. */
    int width() {
      return Arrays.stream(widths()).sum() + 2 * (headings.size() - 1);
    }

    /** The same table without a column. */
    Table without(String heading) {
      int out = headings.indexOf(heading);
      var left = new ArrayList<>(headings);
      left.remove(out);
      var table = new Table(left.toArray(String[]::new));
      for (List<String> row : rows) {
        var cells = new ArrayList<>(row);
        cells.remove(out);
        table.rows.add(cells);
      }
      return table;
    }

    private int[] widths() {
      int[] width = new int[headings.size()];
      for (int i = 0; i < width.length; i++) {
        width[i] = heading(i).length();
        for (List<String> row : rows) {
          width[i] = Math.max(width[i], row.get(i).length());
        }
      }
      return width;
    }

    /** Prints headings and rows. */
    public void print(PrintStream out) {
      int columns = headings.size();
      int[] width = widths();
      var line = new StringBuilder();
      for (int i = 0; i < columns; i++) {
        line.append(pad(heading(i), width[i], right(i))).append(i < columns - 1 ? "  " : "");
      }
      out.println(line.toString().stripTrailing());
      for (List<String> row : rows) {
        line.setLength(0);
        for (int i = 0; i < columns; i++) {
          line.append(pad(row.get(i), width[i], right(i))).append(i < columns - 1 ? "  " : "");
        }
        out.println(line.toString().stripTrailing());
      }
      if (rows.isEmpty()) {
        out.println("(none)");
      }
    }

    private boolean right(int column) {
      return headings.get(column).startsWith(">");
    }

    private String heading(int column) {
      String heading = headings.get(column);
      return right(column) ? heading.substring(1) : heading;
    }

    private static String pad(String text, int width, boolean right) {
      String blanks = " ".repeat(Math.max(0, width - text.length()));
      return right ? blanks + text : text + blanks;
    }
  }
}
