# The verdicts of a release computed again in base R, from its published limits and counts.
#
#   Rscript verdict.R RELEASE
#
# Written from the rule in docs/statistics.md, beside the one that Pantau runs. Prints each cell of
# the newest editions whose verdict, or whose place in Holm's procedure, comes out otherwise, and how
# many came out the same. Exit code 1 where one did not, 2 where RELEASE is no release of either tier.

refuse <- function(why) {
  cat(why, "\n", sep = "", file = stderr())
  quit(status = 2)
}
folder <- commandArgs(trailingOnly = TRUE)
if (length(folder) != 1) refuse("usage: Rscript verdict.R RELEASE")
for (name in c("editions", "estimates", "cells")) {
  path <- file.path(folder, "data", paste0(name, ".csv.gz"))
  if (!file.exists(path)) refuse(paste0(folder, ": is no folder of a release: ", path, " is not there"))
}

table <- function(name) {
  path <- file.path(folder, "data", paste0(name, ".csv.gz"))
  read.csv(gzfile(path), na.strings = "", stringsAsFactors = FALSE, check.names = FALSE)
}
is_true <- function(column) !is.na(column) & column == "true"
# A count that older editions do not have is no count.
at_least <- function(count, least) !is.na(count) & count >= least

editions <- table("editions")
newest <- editions$edition[is_true(editions$is_newest)]
cells <- merge(table("estimates"), table("cells"),
               by = c("edition", "platform", "cluster", "policy"))
cells <- cells[cells$edition %in% newest, ]

# Breaches may be stated: marked offers of two sellers, or one that a third person looked at.
established <- at_least(cells$marked_sellers, 2) | at_least(cells$third_looks, 1)
confirmed <- cells$confirmed > 0
proven <- at_least(cells$marked_offers, 1)
measured <- !is.na(cells$low)

# The limit that acquits counts pages which the platform refused as breaches.
acquitting <- ifelse(is.na(cells$high_with_refused), cells$high, cells$high_with_refused)
acquitted <- measured & is_true(cells$is_primary) & is_true(cells$throughout) &
  acquitting < cells$tolerance
accused <- measured & !is.na(cells$judged_low) & cells$judged_low > cells$tolerance

verdict_of <- function(i) {
  seen <- if (established[i]) "breaches_found" else "awaiting_second"
  if (!measured[i]) {
    reason <- cells$reason[i]
    without_labels <- reason %in% c("no_labels", "confirmed_before")
    if (!without_labels && !(reason %in% "no_commodity")) return("not_measurable")
    if (!is_true(cells$may_accuse[i])) return("unconfirmed_policy")
    if (confirmed[i]) return(seen)
    return(if (without_labels) "screened" else "not_measurable")
  }
  if (!is_true(cells$may_accuse[i])) return("unconfirmed_policy")
  if (!confirmed[i]) return(if (acquitted[i]) "compliant" else "none_found")
  if (accused[i] && established[i]) return("non_compliant")
  if (acquitted[i] && proven[i]) "within_tolerance" else seen
}

computed <- vapply(seq_len(nrow(cells)), verdict_of, character(1))
name <- paste(cells$edition, cells$platform, cells$cluster, cells$policy)
wrong <- which(computed != cells$verdict)
for (i in wrong) {
  cat(sprintf("%s: published %s, computed %s\n", name[i], cells$verdict[i], computed[i]))
}

# Holm: with r cells of a week left, limits are taken at 1 - (1 - level) / r. Cells whose lower
# limit lies above their tolerance leave together; the step at which none leaves is that of the rest.
family <- measured & is_true(cells$is_primary) & is_true(cells$may_accuse)
astray <- character(0)
for (edition in newest) {
  rest <- which(family & cells$edition == edition)
  while (length(rest) > 0) {
    level <- 1 - 0.05 / length(rest)
    here <- abs(cells$level[rest] - level) < 1e-12
    leaving <- here & cells$judged_low[rest] > cells$tolerance[rest]
    if (!any(leaving)) {
      astray <- c(astray, name[rest[!here]])
      break
    }
    rest <- rest[!leaving]
  }
}
outside <- which(!family & !is.na(cells$judged_low))
astray <- c(astray, name[outside])
for (cell in astray) cat(sprintf("%s: judged at another level than Holm's\n", cell))

cat(sprintf("%d verdicts come out as published\n", nrow(cells) - length(wrong)))
quit(status = as.integer(length(wrong) + length(astray) > 0))
